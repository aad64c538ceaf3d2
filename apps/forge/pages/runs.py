"""Runs of workflows with their jobs and logs."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.forge.models import WorkflowJob, WorkflowRun
from apps.forge.pages.files import frame
from apps.forge.pages.place import repository_at
from apps.forge.pages.rendering import log_steps
from apps.forge.services.job_logs import read_log

PER_PAGE = 30


@require_safe
def runs(request: HttpRequest, owner: str, repo: str) -> HttpResponse:
    """List the runs of a repository, newest first."""
    found = repository_at(request, owner, repo)
    listed = (
        WorkflowRun.objects.filter(repository=found)
        .select_related("actor", "workflow", "repository__owner")
        .order_by("-pk")
    )
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "forge/runs.html", {**frame(found, "actions"), "page": page})


@require_safe
def run(request: HttpRequest, owner: str, repo: str, id: int, job: int = 0) -> HttpResponse:
    """Show a run: its jobs, and the steps of one of them with their log."""
    found = repository_at(request, owner, repo)
    shown = (
        WorkflowRun.objects.filter(repository=found, pk=id)
        .select_related("actor", "workflow", "repository__owner", "pull_request")
        .first()
    )
    if shown is None:
        raise Http404("There is no such run.")
    asked = shown.jobs.filter(pk=job).first() if job else None
    if job and asked is None:
        raise Http404("There is no such job.")
    jobs = list(shown.jobs.filter(attempt=asked.attempt if asked else shown.attempt).order_by("pk"))
    selected = asked or _most_telling(jobs)
    template = "forge/_run.html" if "fragment" in request.GET else "forge/run.html"
    log = read_log(selected).decode(errors="replace") if selected else ""
    return render(
        request,
        template,
        {
            **frame(found, "actions"),
            "run": shown,
            "jobs": jobs,
            "selected": selected,
            "steps": log_steps(selected, log) if selected else [],
            "live": shown.status != WorkflowRun.Status.COMPLETED,
        },
    )


def _most_telling(jobs: list[WorkflowJob]) -> WorkflowJob | None:
    for state in ("in_progress", "failure"):
        for job in jobs:
            if state in (job.status, job.conclusion):
                return job
    return jobs[0] if jobs else None


@require_safe
def job_log(request: HttpRequest, owner: str, repo: str, id: int, job: int) -> HttpResponse:
    """Send the log of a job as text."""
    found = repository_at(request, owner, repo)
    shown = WorkflowJob.objects.filter(run__repository=found, run=id, pk=job).first()
    if shown is None:
        raise Http404("There is no such job.")
    return HttpResponse(read_log(shown), content_type="text/plain; charset=utf-8")
