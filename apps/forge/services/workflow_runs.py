"""Starts runs: after a push, for a pull request, or because somebody asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.forge.git.objects import Commit
from apps.forge.models import Account, PullRequest, Repository, Workflow, WorkflowRun
from apps.forge.services import run_events
from apps.forge.services.run_contexts import run_expressions
from apps.forge.services.run_progress import advance, cancel
from apps.forge.services.workflow_files import WorkflowFile, note_workflow
from apps.forge.shapes import actions as shapes
from apps.forge.workflows.expressions import ExpressionError, interpolate, is_truthy, resolve


@dataclass(frozen=True)
class Cause:
    """What starts a run: the event, the commit and who is behind it."""

    event: str
    ref: str
    branch: str
    commit: Commit
    title: str
    actor: Account
    payload: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    pull_request: PullRequest | None = None


@transaction.atomic
def start_run(*, repository: Repository, file: WorkflowFile, cause: Cause) -> WorkflowRun:
    """Create a run of a workflow file; one that cannot be read makes a run that has failed."""
    name = file.definition.name if file.definition else file.path
    workflow = note_workflow(repository, file.path, name)
    run = WorkflowRun.objects.create(
        repository=repository,
        workflow=workflow,
        number=_next_number(workflow),
        name=name[:255],
        title=cause.title[:255],
        event=cause.event,
        ref=cause.ref,
        head_branch=cause.branch,
        head_sha=cause.commit.sha,
        head_commit=shapes.head_commit(cause.commit),
        pull_request=cause.pull_request,
        actor=cause.actor,
        triggering_actor=cause.actor,
        source=file.source,
        payload=dict(cause.payload),
        inputs=dict(cause.inputs),
        started_at=timezone.now(),
        notices=_listed(file.definition.notices) if file.definition else [],
    )
    if file.definition is None:
        problems = file.problem.problems if file.problem else ()
        run.problems = _listed(problems)
        run.status, run.conclusion = WorkflowRun.Status.COMPLETED, "failure"
        run.completed_at = timezone.now()
        run.save()
        run_events.run_changed(run, "requested")
        run_events.run_changed(run, "completed")
        return run
    _name_and_group(run, file)
    run.save()
    run_events.run_changed(run, "requested")
    if run.status == WorkflowRun.Status.QUEUED:
        advance(run_id=run.pk)
    return run


def _listed(problems: Any) -> list[dict[str, Any]]:
    return [
        {"line": problem.line, "field": problem.field, "message": problem.message}
        for problem in problems
    ]


def _next_number(workflow: Workflow) -> int:
    # The update locks the row, so that two pushes at once get two numbers.
    Workflow.objects.filter(pk=workflow.pk).update(last_run_number=F("last_run_number") + 1)
    workflow.refresh_from_db(fields=["last_run_number"])
    return workflow.last_run_number


def _name_and_group(run: WorkflowRun, file: WorkflowFile) -> None:
    definition = file.definition
    if definition is None:
        return
    seen = run_expressions(run)
    try:
        if definition.run_name:
            run.title = interpolate(definition.run_name, seen).strip()[:255] or run.title
        group, cancels = _concurrency(definition.concurrency, seen)
    except ExpressionError as error:
        run.notices = [*run.notices, {"line": 1, "field": "run-name", "message": str(error)}]
        return
    if not group:
        return
    run.concurrency_group = group[:400]
    others = (
        WorkflowRun.objects.select_for_update()
        .filter(repository=run.repository, concurrency_group=run.concurrency_group)
        .exclude(status=WorkflowRun.Status.COMPLETED)
        .exclude(pk=run.pk)
    )
    waits = False
    for other in others:
        # Of those that wait only the newest remains, as on GitHub.
        if cancels or other.status == WorkflowRun.Status.PENDING:
            cancel(run_id=other.pk)
        else:
            waits = True
    if waits:
        run.status = WorkflowRun.Status.PENDING


def _concurrency(concurrency: Any, seen: Any) -> tuple[str, bool]:
    if concurrency is None:
        return "", False
    if isinstance(concurrency, Mapping):
        group = interpolate(str(concurrency.get("group") or ""), seen)
        return group, is_truthy(resolve(concurrency.get("cancel-in-progress") or False, seen))
    return interpolate(str(concurrency), seen), False
