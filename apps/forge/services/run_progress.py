"""Moves a run on: which jobs may start now, which are left out, and when all is done."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.core.queue import enqueue
from apps.forge.models import WorkflowJob, WorkflowRun
from apps.forge.runner.assignment import Annotation
from apps.forge.services import run_events
from apps.forge.services.run_contexts import run_expressions
from apps.forge.workflows.definition import Job, Workflow
from apps.forge.workflows.expressions import (
    ExpressionError,
    condition_holds,
    interpolate,
    is_truthy,
    resolve,
)
from apps.forge.workflows.expressions.values import to_number
from apps.forge.workflows.graph import needed_by
from apps.forge.workflows.matrix import Combination, MatrixInvalid, expand, title
from apps.forge.workflows.parsing import parse_workflow


@lru_cache(maxsize=64)
def definition_of(source: str, path: str) -> Workflow:
    """Return the definition of a stored workflow file, which was read before."""
    return parse_workflow(source, path)


@transaction.atomic
def advance(*, run_id: int) -> None:
    """Start what can start; complete the run when nothing is left. Safe to call at any time."""
    # Only the run is locked: its repository and accounts are read by everybody.
    run = (
        WorkflowRun.objects.select_for_update(of=("self",))
        .select_related(
            "repository__owner", "workflow", "actor", "triggering_actor", "pull_request"
        )
        .get(pk=run_id)
    )
    if run.status in {WorkflowRun.Status.COMPLETED, WorkflowRun.Status.PENDING}:
        return
    progress = _Progress(run)
    progress.place_jobs()
    progress.dispatch()
    progress.settle()


class _Progress:
    def __init__(self, run: WorkflowRun) -> None:
        self.run = run
        self.definition = definition_of(run.source, run.workflow.path)
        self.needs = {job.id: job.needs for job in self.definition.jobs.values()}
        self.placed: dict[str, list[WorkflowJob]] = {}
        for row in run.jobs.filter(attempt=run.attempt).order_by("pk"):
            row.run = run
            self.placed.setdefault(row.key, []).append(row)

    # --- jobs become rows ---

    def place_jobs(self) -> None:
        changed = True
        while changed:
            changed = False
            for job in self.definition.jobs.values():
                ready = all(self._is_done(needed) for needed in job.needs)
                if job.id not in self.placed and ready:
                    self.placed[job.id] = self._place(job)
                    changed = True

    def _is_done(self, key: str) -> bool:
        rows = self.placed.get(key)
        return rows is not None and all(row.status == "completed" for row in rows)

    def _place(self, job: Job) -> list[WorkflowJob]:
        status = self._status_before(job)
        seen = run_expressions(self.run, status=status, needs=self.needs_context(job))
        try:
            if not condition_holds(job.condition, seen):
                return [self._row(job, {}, 0, 1, conclusion="skipped")]
            if job.uses:
                row = self._row(job, {}, 0, 1, conclusion="skipped")
                message = (
                    f"Skipped: {job.uses} — "
                    "reusable workflows are not supported by the embedded runner."
                )
                row.annotations = [_annotation("warning", message, self.run, job)]
                row.save(update_fields=["annotations"])
                return [row]
            combinations: list[Combination] = [{}]
            if job.strategy is not None and job.strategy.matrix is not None:
                combinations = expand(resolve(job.strategy.matrix, seen))
        except (ExpressionError, MatrixInvalid) as error:
            row = self._row(job, {}, 0, 1, conclusion="failure")
            row.annotations = [_annotation("failure", str(error), self.run, job)]
            row.save(update_fields=["annotations"])
            run_events.job_changed(row, "completed")
            return [row]
        total = len(combinations)
        return [
            self._row(job, combination, index, total)
            for index, combination in enumerate(combinations)
        ]

    def _row(
        self, job: Job, combination: Combination, index: int, total: int, *, conclusion: str = ""
    ) -> WorkflowJob:
        seen = run_expressions(self.run, needs=self.needs_context(job), matrix=combination)
        try:
            name = interpolate(job.name, seen) if job.name else title(job.id, combination)
            forgiving = is_truthy(resolve(job.continue_on_error, seen))
        except ExpressionError:
            name, forgiving = title(job.id, combination), False
        now = timezone.now()
        row = WorkflowJob(
            run=self.run,
            attempt=self.run.attempt,
            key=job.id,
            index=index,
            total=total,
            name=name[:255],
            combination=combination,
            continue_on_error=forgiving,
        )
        if conclusion:
            row.status, row.conclusion = WorkflowJob.Status.COMPLETED, conclusion
            row.started_at = row.completed_at = now
        row.save()
        run_events.check_for(row)
        run_events.job_changed(row, "completed" if conclusion else "queued")
        return row

    def _status_before(self, job: Job) -> str:
        if self.run.cancel_requested:
            return "cancelled"
        before = [result_of(self.placed[key]) for key in needed_by(job.id, self.needs)]
        if "failure" in before:
            return "failure"
        direct = [result_of(self.placed[key]) for key in job.needs]
        # Neither success() nor failure() holds after a job that was skipped.
        return "skipped" if any(result != "success" for result in direct) else "success"

    def needs_context(self, job: Job) -> dict[str, Any]:
        return needs_context(job, self.placed)

    # --- rows go to workers ---

    def dispatch(self) -> None:
        for key, rows in self.placed.items():
            waiting = [row for row in rows if row.status == "queued" and not row.dispatched_at]
            busy = sum(1 for row in rows if row.status != "completed" and row.dispatched_at)
            room = self._max_parallel(key) - busy
            for row in waiting[: max(room, 0)]:
                row.dispatched_at = timezone.now()
                row.save(update_fields=["dispatched_at"])
                enqueue("forge.run_job", job_id=row.pk)

    def _max_parallel(self, key: str) -> int:
        strategy = self.definition.jobs[key].strategy
        if strategy is None or strategy.max_parallel is None:
            return len(self.placed[key])
        try:
            asked = to_number(resolve(strategy.max_parallel, run_expressions(self.run)))
        except ExpressionError:
            asked = 0
        return int(asked) if asked >= 1 else len(self.placed[key])

    # --- the run ---

    def settle(self) -> None:
        run = self.run
        rows = [row for placed in self.placed.values() for row in placed]
        if all(self._is_done(key) for key in self.definition.jobs):
            run.status = WorkflowRun.Status.COMPLETED
            run.conclusion = _conclusion(rows, cancelled=run.cancel_requested)
            run.completed_at = timezone.now()
            run.save()
            run_events.run_changed(run, "completed")
            _start_waiting(run)
            return
        started = any(row.status == "in_progress" for row in rows)
        if started and run.status != WorkflowRun.Status.IN_PROGRESS:
            run.status = WorkflowRun.Status.IN_PROGRESS
            run.save()
            run_events.run_changed(run, "in_progress")


def result_of(rows: Iterable[WorkflowJob]) -> str:
    """Return `needs.<job>.result`: of a matrix the worst of its jobs."""
    results = {
        "success" if row.conclusion == "failure" and row.continue_on_error else row.conclusion
        for row in rows
    }
    for worst in ("failure", "cancelled", "success"):
        if worst in results:
            return worst
    return "skipped"


def needs_context(job: Job, placed: dict[str, list[WorkflowJob]]) -> dict[str, Any]:
    """Return `needs` of a job."""
    context: dict[str, Any] = {}
    for key in job.needs:
        outputs: dict[str, str] = {}
        for row in placed.get(key, []):
            # The last job of a matrix that set an output wins, an empty one does not.
            outputs |= {name: value for name, value in row.outputs.items() if value}
        context[key] = {"result": result_of(placed.get(key, [])), "outputs": outputs}
    return context


def _conclusion(rows: list[WorkflowJob], *, cancelled: bool) -> str:
    results = {result_of([row]) for row in rows}
    if cancelled:
        return "cancelled"
    for worst in ("failure", "cancelled", "success"):
        if worst in results:
            return worst
    return "skipped"


def _annotation(level: str, message: str, run: WorkflowRun, job: Job) -> dict[str, Any]:
    place = Annotation(
        level, message, path=run.workflow.path, start_line=job.line, end_line=job.line
    )
    return place.as_github()


def _start_waiting(run: WorkflowRun) -> None:
    if not run.concurrency_group:
        return
    waiting = (
        WorkflowRun.objects.filter(
            repository=run.repository,
            concurrency_group=run.concurrency_group,
            status=WorkflowRun.Status.PENDING,
        )
        .order_by("pk")
        .first()
    )
    if waiting is not None:
        WorkflowRun.objects.filter(pk=waiting.pk).update(status=WorkflowRun.Status.QUEUED)
        enqueue("forge.advance_run", run_id=waiting.pk)


@transaction.atomic
def cancel(*, run_id: int) -> bool:
    """Ask a run to end; jobs that have not started end at once. False if it is over already."""
    run = WorkflowRun.objects.select_for_update(of=("self",)).get(pk=run_id)
    if run.status == WorkflowRun.Status.COMPLETED:
        return False
    run.cancel_requested = True
    if run.status == WorkflowRun.Status.PENDING:
        run.status = WorkflowRun.Status.QUEUED
    run.save()
    cancel_jobs(run.jobs.filter(attempt=run.attempt))
    advance(run_id=run.pk)
    return True


def cancel_jobs(jobs: Any) -> None:
    """End queued jobs and ask running ones to end."""
    for row in jobs.select_related("run__repository__owner").select_for_update(of=("self",)):
        if row.status == WorkflowJob.Status.QUEUED:
            row.status, row.conclusion = WorkflowJob.Status.COMPLETED, "cancelled"
            row.completed_at = timezone.now()
            row.started_at = row.started_at or row.completed_at
            row.save()
            run_events.job_changed(row, "completed")
        elif row.status == WorkflowJob.Status.IN_PROGRESS:
            row.cancel_requested = True
            row.save(update_fields=["cancel_requested"])
