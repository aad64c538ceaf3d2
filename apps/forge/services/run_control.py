"""Started, repeated and ended by people: dispatch, re-run, cancel."""

import os
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.forge.errors import Conflict, Invalid, Missing, Refused
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, ActionsSettings, Repository, WorkflowJob, WorkflowRun
from apps.forge.services import run_events, run_progress, workflow_files
from apps.forge.services.workflow_runs import Cause, start_run
from apps.forge.shapes import actions as shapes
from apps.forge.shapes.events import common
from apps.forge.workflows.triggers import InputsInvalid, dispatch_inputs

MAX_INPUTS = 25


def dispatch(
    *, repository: Repository, path: str, ref: str, inputs: Mapping[str, Any], actor: Account
) -> WorkflowRun:
    """
    Start a workflow by hand on a branch or tag.

    :raises apps.forge.errors.Invalid: in GitHub's words: no such ref, no such trigger, wrong inputs
    """
    if not ActionsSettings.of(repository).enabled:
        raise Refused("Actions has been disabled for this repository.")
    if len(inputs) > MAX_INPUTS:
        raise Invalid(f"Invalid request.\n\nNo more than {MAX_INPUTS} inputs are allowed.")
    git = GitRepository(repository.folder)
    full = _full_ref(git, ref)
    sha = git.resolve(full) if full else None
    commit = git.commit(sha) if sha else None
    if full is None or commit is None:
        raise Invalid(f"No ref found for: {ref}")
    file = workflow_files.read_file(git, commit.sha, path)
    if file is None:
        raise Missing
    trigger = file.definition.triggers.dispatch if file.definition else None
    if file.definition is None:
        raise Invalid(f"failed to parse workflow: {file.problem}")
    if trigger is None:
        raise Invalid("Workflow does not have 'workflow_dispatch' trigger")
    try:
        values = dispatch_inputs(trigger, inputs)
    except InputsInvalid as error:
        raise Invalid(str(error)) from error
    payload = {
        **common(repository, actor),
        "inputs": dict(inputs),
        "ref": full,
        "workflow": path,
    }
    cause = Cause(
        event="workflow_dispatch",
        ref=full,
        branch=full.removeprefix("refs/heads/").removeprefix("refs/tags/"),
        commit=commit,
        title=file.definition.name,
        actor=actor,
        payload=payload,
        inputs=values,
    )
    return start_run(repository=repository, file=file, cause=cause)


def _full_ref(git: GitRepository, ref: str) -> str | None:
    names = [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]
    return next((name for name in names if git.ref(name) is not None), None)


@transaction.atomic
def rerun(*, run: WorkflowRun, actor: Account, only_failed: bool = False) -> None:
    """
    Run all jobs again, or those that did not succeed and what needs them.

    :raises apps.forge.errors.Refused: while it still runs, or if its file cannot be read
    """
    locked = WorkflowRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.status != WorkflowRun.Status.COMPLETED:
        raise Refused("This workflow is already running")
    if locked.problems:
        raise Refused("This workflow run cannot be retried: its file cannot be read")
    before = locked.attempt
    locked.attempt = before + 1
    locked.status, locked.conclusion = WorkflowRun.Status.QUEUED, ""
    locked.cancel_requested = False
    locked.triggering_actor = actor
    locked.started_at, locked.completed_at = timezone.now(), None
    locked.save()
    if only_failed:
        _keep_successes(locked, before)
    run_events.run_changed(locked, "requested")
    run_progress.advance(run_id=locked.pk)


def _keep_successes(run: WorkflowRun, attempt: int) -> None:
    rows = list(run.jobs.filter(attempt=attempt).order_by("pk"))
    again = {row.key for row in rows if row.conclusion != "success"}
    for row in rows:
        if row.key in again:
            continue
        log = row.log_file
        kept = WorkflowJob.objects.get(pk=row.pk)
        kept.pk, kept.attempt = None, run.attempt
        kept._state.adding = True
        kept.save()
        if log.exists():
            os.link(log, kept.log_file)


def cancel(*, run: WorkflowRun) -> None:
    """
    End a run.

    :raises apps.forge.errors.Conflict: if it is over already
    """
    if not run_progress.cancel(run_id=run.pk):
        raise Conflict("Cannot cancel a workflow run that is completed.")


def attempt_of(run: WorkflowRun, attempt: int) -> dict[str, Any]:
    """Return "workflow-run" of an earlier attempt, its state taken from its jobs."""
    body = shapes.run(run)
    if attempt == run.attempt:
        return body
    rows = list(run.jobs.filter(attempt=attempt))
    results = {row.conclusion for row in rows if not row.continue_on_error}
    conclusion = next(
        (worst for worst in ("failure", "cancelled", "success") if worst in results), "skipped"
    )
    previous = f"{run.api_url}/attempts/{attempt - 1}" if attempt > 1 else None
    return body | {
        "run_attempt": attempt,
        "status": "completed",
        "conclusion": conclusion,
        "previous_attempt_url": previous,
    }
