"""Runs of workflows and their jobs: list, get, repeat, cancel, delete, logs."""

from datetime import datetime, time
from typing import Any

from dateutil.parser import isoparse
from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone

from apps.forge.api.call import Call
from apps.forge.api.routing import Answer, created, methods
from apps.forge.api.workflows import workflow_named
from apps.forge.errors import Invalid, Missing, Refused
from apps.forge.models import WorkflowJob, WorkflowRun
from apps.forge.services import job_logs, run_control
from apps.forge.shapes import actions as shapes

_STATUSES = {"queued", "in_progress", "completed", "pending", "requested", "waiting"}


def list_runs(call: Call) -> dict[str, Any]:
    return _runs(call, WorkflowRun.objects.filter(repository=call.repository))


def list_workflow_runs(call: Call, workflow: str) -> dict[str, Any]:
    return _runs(call, WorkflowRun.objects.filter(workflow=workflow_named(call, workflow)))


def _runs(call: Call, found: QuerySet[WorkflowRun]) -> dict[str, Any]:
    query = call.query
    for parameter, column in (
        ("branch", "head_branch"),
        ("event", "event"),
        ("head_sha", "head_sha"),
        ("actor", "actor__login__iexact"),
        ("check_suite_id", "pk"),
    ):
        if value := query.get(parameter, ""):
            found = found.filter(**{column: value if column != "pk" else _number(value)})
    if status := query.get("status", ""):
        # GitHub takes a conclusion here as well.
        found = found.filter(
            Q(status=status) if status in _STATUSES else Q(conclusion=status, status="completed")
        )
    if created_at := query.get("created", ""):
        found = _created(found, created_at)
    if query.get("exclude_pull_requests") == "true":
        found = found.exclude(event="pull_request")
    listed = found.select_related(*_RUN_PARTS).order_by("-pk")
    runs = call.page(listed)
    return {"total_count": found.count(), "workflow_runs": [shapes.run(run) for run in runs]}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _created(found: QuerySet[WorkflowRun], text: str) -> QuerySet[WorkflowRun]:
    start, dots, end = text.partition("..")
    if dots:
        if start not in {"", "*"}:
            found = found.filter(created_at__gte=_moment(start))
        if end not in {"", "*"}:
            found = found.filter(created_at__lte=_moment(end, late=True))
        return found
    for sign, lookup in ((">=", "gte"), ("<=", "lte"), (">", "gt"), ("<", "lt")):
        if text.startswith(sign):
            late = sign in {"<=", ">"}
            return found.filter(**{f"created_at__{lookup}": _moment(text[len(sign) :], late=late)})
    return found.filter(created_at__gte=_moment(text), created_at__lte=_moment(text, late=True))


def _moment(text: str, *, late: bool = False) -> datetime:
    try:
        at = isoparse(text)
    except ValueError as error:
        raise Invalid(f"Invalid request.\n\n{text[:60]!r} is not a valid date.") from error
    if late and len(text) == 10:
        at = datetime.combine(at.date(), time.max)
    return at if timezone.is_aware(at) else timezone.make_aware(at, timezone.get_default_timezone())


_RUN_PARTS = ("repository__owner", "workflow", "actor", "triggering_actor", "pull_request")


def _run(call: Call, id: int) -> WorkflowRun:
    found = WorkflowRun.objects.filter(repository=call.repository, pk=id)
    run = found.select_related(*_RUN_PARTS).first()
    if run is None:
        raise Missing
    return run


def get_run(call: Call, id: int) -> dict[str, Any]:
    return shapes.run(_run(call, id))


def delete_run(call: Call, id: int) -> None:
    call.need("push")
    run = _run(call, id)
    if run.status != WorkflowRun.Status.COMPLETED:
        raise Refused("Could not delete the workflow run: it is still running")
    for job in run.jobs.all():
        job.log_file.unlink(missing_ok=True)
    run.delete()


def get_attempt(call: Call, id: int, attempt: int) -> dict[str, Any]:
    run = _run(call, id)
    if not 1 <= attempt <= run.attempt:
        raise Missing
    return run_control.attempt_of(run, attempt)


def rerun(call: Call, id: int) -> Answer:
    call.need("push")
    run_control.rerun(run=_run(call, id), actor=call.caller)
    return created({})


def rerun_failed(call: Call, id: int) -> Answer:
    call.need("push")
    run_control.rerun(run=_run(call, id), actor=call.caller, only_failed=True)
    return created({})


def cancel(call: Call, id: int) -> Answer:
    call.need("push")
    run_control.cancel(run=_run(call, id))
    return Answer({}, status=202)


def list_jobs(call: Call, id: int, attempt: int = 0) -> dict[str, Any]:
    run = _run(call, id)
    if attempt > run.attempt:
        raise Missing
    found = run.jobs.order_by("pk")
    if attempt or call.query.get("filter") != "all":
        found = found.filter(attempt=attempt or run.attempt)
    jobs = call.page(found)
    for job in jobs:
        job.run = run
    return {"total_count": found.count(), "jobs": [shapes.job(job) for job in jobs]}


def list_artifacts(call: Call, id: int) -> dict[str, Any]:
    _run(call, id)
    return {"total_count": 0, "artifacts": []}


def run_logs(call: Call, id: int, attempt: int = 0) -> Answer:
    return _elsewhere(job_logs.signed_address("run", _run(call, id).pk))


def _job(call: Call, id: int) -> WorkflowJob:
    found = WorkflowJob.objects.filter(run__repository=call.repository, pk=id)
    job = found.select_related("run__repository__owner", "run__workflow").first()
    if job is None:
        raise Missing
    return job


def get_job(call: Call, id: int) -> dict[str, Any]:
    return shapes.job(_job(call, id))


def get_job_logs(call: Call, id: int) -> Answer:
    return _elsewhere(job_logs.signed_address("job", _job(call, id).pk))


def _elsewhere(address: str) -> Answer:
    return Answer(status=302, headers={"Location": address})


_actions = "repos/<owner>/<repo>/actions"
_one = f"{_actions}/runs/<int:id>"
urlpatterns = [
    path(f"{_actions}/workflows/<path:workflow>/runs", methods(GET=list_workflow_runs)),
    path(f"{_actions}/runs", methods(GET=list_runs)),
    path(_one, methods(GET=get_run, DELETE=delete_run)),
    path(f"{_one}/attempts/<int:attempt>", methods(GET=get_attempt)),
    path(f"{_one}/attempts/<int:attempt>/jobs", methods(GET=list_jobs)),
    path(f"{_one}/attempts/<int:attempt>/logs", methods(GET=run_logs)),
    path(f"{_one}/rerun", methods(POST=rerun)),
    path(f"{_one}/rerun-failed-jobs", methods(POST=rerun_failed)),
    path(f"{_one}/cancel", methods(POST=cancel)),
    path(f"{_one}/force-cancel", methods(POST=cancel)),
    path(f"{_one}/jobs", methods(GET=list_jobs)),
    path(f"{_one}/artifacts", methods(GET=list_artifacts)),
    path(f"{_one}/logs", methods(GET=run_logs)),
    path(f"{_actions}/jobs/<int:id>", methods(GET=get_job)),
    path(f"{_actions}/jobs/<int:id>/logs", methods(GET=get_job_logs)),
]
