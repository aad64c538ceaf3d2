"""Tells of runs and jobs: to hooks, and as checks of the commit."""

from apps.forge import events
from apps.forge.models import CheckRun, WorkflowJob, WorkflowRun
from apps.forge.shapes import actions as shapes
from apps.forge.shapes.events import common

APP = "github-actions"


def run_changed(run: WorkflowRun, action: str) -> None:
    """Emit `workflow_run`; `action` is requested, in_progress or completed."""
    events.emit(
        run.repository,
        "workflow_run",
        {
            **common(run.repository, run.triggering_actor),
            "action": action,
            "workflow": shapes.workflow(run.workflow),
            "workflow_run": shapes.run(run),
        },
    )


def job_changed(job: WorkflowJob, action: str) -> None:
    """Emit `workflow_job` and let the check of the job follow."""
    _follow(job)
    run = job.run
    events.emit(
        run.repository,
        "workflow_job",
        {
            **common(run.repository, run.triggering_actor),
            "action": action,
            "workflow_job": shapes.job(job),
        },
    )


def check_for(job: WorkflowJob) -> None:
    """Create the check of a job."""
    run = job.run
    job.check_run = CheckRun.objects.create(
        repository=run.repository,
        head_sha=run.head_sha,
        name=job.name,
        app_slug=APP,
        suite_id=run.suite_id,
        external_id=str(job.pk),
        details_url=job.html_url,
    )
    job.save(update_fields=["check_run"])


def _follow(job: WorkflowJob) -> None:
    check = job.check_run
    if check is None:
        return
    check.status = job.status
    check.conclusion = job.conclusion
    check.started_at = job.started_at
    check.completed_at = job.completed_at
    check.annotations = job.annotations
    check.output_title = job.conclusion.replace("_", " ").capitalize()
    check.output_summary = job.summary[:60_000]
    check.save()
