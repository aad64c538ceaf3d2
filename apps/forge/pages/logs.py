"""Logs by signed address: what the REST API's log calls redirect to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.forge.models import WorkflowJob
from apps.forge.services import job_logs


@require_safe
def signed_log(request: HttpRequest, ticket: str) -> HttpResponse:
    """Send the log of a job as text, or the logs of a run as a zip archive."""
    opened = job_logs.open_ticket(ticket)
    if opened is None:
        raise Http404("This address has expired.")
    kind, id = opened
    if kind == "run":
        jobs = WorkflowJob.objects.filter(run=id).order_by("attempt", "pk")
        return HttpResponse(job_logs.archive(jobs), content_type="application/zip")
    job = WorkflowJob.objects.filter(pk=id).first()
    if job is None:
        raise Http404("There is no such log.")
    return HttpResponse(job_logs.read_log(job), content_type="text/plain; charset=utf-8")
