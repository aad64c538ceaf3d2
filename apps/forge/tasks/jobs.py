"""Runs jobs of workflows, and finds those whose worker has died."""

import logging

from celery import shared_task

from apps.forge.models import WorkflowRun
from apps.forge.runner.assignment import Annotation, Result
from apps.forge.runner.job_runner import run_job as run_assignment
from apps.forge.services import job_lifecycle
from apps.forge.services.run_progress import advance

logger = logging.getLogger(__name__)
# The runner keeps its own, shorter times; these end a worker that does not.
_HARD_SECONDS = 2 * 3600


@shared_task(
    name="forge.run_job",
    ignore_result=True,
    soft_time_limit=_HARD_SECONDS,
    time_limit=_HARD_SECONDS + 60,
)
def run_job(*, job_id: int, **_newer: object) -> None:
    """Run a queued job to its end; does nothing for one that another worker has."""
    job = job_lifecycle.claim(job_id=job_id)
    if job is None:
        return
    assignment, token = job_lifecycle.assignment_for(job)
    try:
        result = run_assignment(assignment, job_lifecycle.JobReporter(job))
    except OSError as error:
        # The disk is full, a folder is gone: the job fails and says why.
        logger.warning("job %s: %s", job.pk, error)
        result = Result(
            "failure", {}, [Annotation("failure", f"The runner could not go on: {error}")], ""
        )
    finally:
        token.delete()
    job_lifecycle.conclude(job=job, result=result)


@shared_task(name="forge.advance_run", ignore_result=True)
def advance_run(*, run_id: int, **_newer: object) -> None:
    """Start what can start in a run."""
    if WorkflowRun.objects.filter(pk=run_id).exists():
        advance(run_id=run_id)


@shared_task(name="forge.sweep_jobs", ignore_result=True)
def sweep_jobs(**_newer: object) -> None:
    """Take back jobs whose worker has died; due every 15 seconds."""
    job_lifecycle.take_back_dead_jobs()
