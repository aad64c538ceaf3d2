"""A job in the hands of a worker: claimed, kept alive, ended, or taken back when it died."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.core.queue import enqueue
from apps.forge.models import AccessToken, WorkflowJob, WorkflowRun
from apps.forge.runner.assignment import Annotation, Assignment, Result, StepRecord
from apps.forge.runner.limits import Limits
from apps.forge.services import run_events
from apps.forge.services.run_contexts import (
    github_context,
    github_variables,
    secrets_of,
    variables_of,
)
from apps.forge.services.run_progress import (
    advance,
    cancel_jobs,
    definition_of,
    needs_context,
)
from apps.forge.workflows.expressions import Environment, ExpressionError, is_truthy, resolve

# Longer than anything that a job does between two signs of life: making an interpreter's first
# environment on a slow disk, fetching a large repository.
LEASE = timedelta(seconds=90)
# A job is begun at most so many times; then its runner has died too often.
MAX_CLAIMS = 2


@transaction.atomic
def claim(*, job_id: int) -> WorkflowJob | None:
    """Take a queued job for this worker, or return None if it is somebody else's or over."""
    taken = WorkflowJob.objects.filter(pk=job_id, status=WorkflowJob.Status.QUEUED).update(
        status=WorkflowJob.Status.IN_PROGRESS,
        epoch=F("epoch") + 1,
        lease_until=timezone.now() + LEASE,
        started_at=timezone.now(),
    )
    if not taken:
        return None
    job = _job(job_id)
    run_events.job_changed(job, "in_progress")
    advance(run_id=job.run_id)
    return job


def _job(job_id: int) -> WorkflowJob:
    return WorkflowJob.objects.select_related(
        "run__repository__owner",
        "run__workflow",
        "run__actor",
        "run__triggering_actor",
        "run__pull_request",
        "check_run",
    ).get(pk=job_id)


class JobReporter:
    """Writes the progress of a claimed job, as long as it is ours."""

    def __init__(self, job: WorkflowJob) -> None:
        self._mine = WorkflowJob.objects.filter(
            pk=job.pk, epoch=job.epoch, status=WorkflowJob.Status.IN_PROGRESS
        )
        self._asked = timezone.now()
        self._goes_on = True

    def steps_changed(self, steps: Sequence[StepRecord]) -> None:
        """Store the state of the steps, and live on."""
        self._goes_on = bool(
            self._mine.update(
                steps=[asdict(step) for step in steps], lease_until=timezone.now() + LEASE
            )
        )

    def goes_on(self) -> bool:
        """Live on; False when the job was cancelled or is no longer ours."""
        self._goes_on = bool(
            self._mine.filter(cancel_requested=False).update(lease_until=timezone.now() + LEASE)
        )
        if not self._goes_on:
            # A cancelled job is still ours while its last steps run.
            self._mine.update(lease_until=timezone.now() + LEASE)
        return self._goes_on


def assignment_for(job: WorkflowJob) -> tuple[Assignment, AccessToken]:
    """Return all that the runner needs, with a token that opens this repository only."""
    run = job.run
    repository = run.repository
    definition = definition_of(run.source, run.workflow.path)
    written = definition.jobs[job.key]
    token, text = AccessToken.issue(
        account=run.triggering_actor,
        note=f"workflow job {job.pk}",
        repository=repository,
        expires_at=timezone.now() + timedelta(hours=2),
        scopes=["repo"],
    )
    secrets = secrets_of(repository) | {"GITHUB_TOKEN": text}
    placed: dict[str, list[WorkflowJob]] = {}
    for row in run.jobs.filter(attempt=run.attempt).order_by("pk"):
        placed.setdefault(row.key, []).append(row)
    data = Path(settings.FORGE_DATA)
    strategy = written.strategy
    assignment = Assignment(
        workflow=definition,
        job=written,
        name=job.name,
        combination=job.combination,
        index=job.index,
        total=job.total,
        contexts={
            "github": github_context(run, job=job.key, token=text),
            "inputs": run.inputs,
            "vars": variables_of(repository),
            "secrets": secrets,
            "matrix": job.combination,
            "needs": needs_context(written, placed),
            "strategy": {
                "fail-fast": _fails_fast(job),
                "job-index": job.index,
                "job-total": job.total,
                "max-parallel": strategy.max_parallel if strategy else 1,
            },
        },
        secrets=secrets,
        repository_folder=repository.folder,
        repository_name=repository.full_name,
        clone_url=repository.clone_url,
        sha=run.head_sha,
        ref=run.ref,
        token=text,
        variables=github_variables(run, job=job.key),
        event=run.payload,
        workspace=_work_folder() / f"{job.pk}-{job.epoch}",
        cache=data / "cache",
        log_file=job.log_file,
        limits=Limits(),
    )
    return assignment, token


def _work_folder() -> Path:
    # Workflows write `>> $GITHUB_OUTPUT` without quotes, so no space may stand in the path.
    data = Path(settings.FORGE_DATA).resolve()
    if not any(char.isspace() for char in str(data)):
        return data / "work"
    mark = sha256(str(data).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"callboard-forge-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _fails_fast(job: WorkflowJob) -> bool:
    strategy = definition_of(job.run.source, job.run.workflow.path).jobs[job.key].strategy
    if strategy is None:
        return False
    try:
        return is_truthy(resolve(strategy.fail_fast, Environment()))
    except ExpressionError:
        return True


@transaction.atomic
def conclude(*, job: WorkflowJob, result: Result) -> None:
    """Store how a job ended and move its run on; nothing happens if it is no longer ours."""
    WorkflowRun.objects.select_for_update(of=("self",)).get(pk=job.run_id)
    mine = (
        WorkflowJob.objects.select_for_update(of=("self",))
        .filter(pk=job.pk, epoch=job.epoch, status=WorkflowJob.Status.IN_PROGRESS)
        .first()
    )
    if mine is None:
        return
    job.steps = mine.steps
    job.status, job.conclusion = WorkflowJob.Status.COMPLETED, result.conclusion
    job.outputs = dict(result.outputs)
    job.annotations = [annotation.as_github() for annotation in result.annotations]
    job.summary = result.summary
    job.completed_at = timezone.now()
    job.lease_until = None
    job.save()
    run_events.job_changed(job, "completed")
    if result.conclusion == "failure" and not job.continue_on_error and _fails_fast(job):
        cancel_jobs(
            WorkflowJob.objects.filter(run=job.run, attempt=job.attempt, key=job.key).exclude(
                pk=job.pk
            )
        )
    advance(run_id=job.run_id)


def take_back_dead_jobs() -> int:
    """
    Find jobs whose worker has died or that no worker was told of; return how many there were.

    A job whose lease ran out starts again once, then fails, as on GitHub when a runner is lost.
    """
    now = timezone.now()
    dead = WorkflowJob.objects.filter(
        status=WorkflowJob.Status.IN_PROGRESS, lease_until__lt=now
    ).values_list("pk", flat=True)
    # The doorbell may be lost, or the worker may be busy: ringing twice does no harm.
    silent = WorkflowJob.objects.filter(
        status=WorkflowJob.Status.QUEUED, dispatched_at__lt=now - LEASE
    ).values_list("pk", flat=True)
    count = 0
    for job_id in dead:
        count += _take_back(job_id)
    for job_id in silent:
        with transaction.atomic():
            WorkflowJob.objects.filter(pk=job_id).update(dispatched_at=now)
            enqueue("forge.run_job", job_id=job_id)
        count += 1
    for run_id in WorkflowRun.objects.filter(
        ~Q(status=WorkflowRun.Status.COMPLETED), updated_at__lt=now - LEASE
    ).values_list("pk", flat=True):
        advance(run_id=run_id)
    return count


@transaction.atomic
def _take_back(job_id: int) -> int:
    job = (
        WorkflowJob.objects.select_for_update(of=("self",))
        .filter(pk=job_id, status=WorkflowJob.Status.IN_PROGRESS, lease_until__lt=timezone.now())
        .first()
    )
    if job is None:
        return 0
    shutil.rmtree(_work_folder() / f"{job.pk}-{job.epoch}", ignore_errors=True)
    job = _job(job_id)
    if job.epoch < MAX_CLAIMS and not job.cancel_requested:
        job.status = WorkflowJob.Status.QUEUED
        job.steps, job.lease_until, job.dispatched_at = [], None, timezone.now()
        job.save()
        run_events.job_changed(job, "queued")
        enqueue("forge.run_job", job_id=job.pk)
        return 1
    job.status = WorkflowJob.Status.COMPLETED
    job.conclusion = "cancelled" if job.cancel_requested else "failure"
    job.completed_at, job.lease_until = timezone.now(), None
    lost = Annotation("failure", "The runner of this job was lost.", path=job.run.workflow.path)
    job.annotations = [lost.as_github()]
    job.save()
    run_events.job_changed(job, "completed")
    advance(run_id=job.run_id)
    return 1
