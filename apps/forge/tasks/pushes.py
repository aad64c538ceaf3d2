"""What follows a push or a pull request: workflows."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.core.queue import enqueue
from apps.forge.git import history
from apps.forge.git.objects import ZERO
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, ActionsSettings, PullRequest, Repository, RepositoryEvent
from apps.forge.services import workflow_files
from apps.forge.services.workflow_runs import Cause, start_run
from apps.forge.shapes import events as bodies
from apps.forge.shapes import pulls

logger = logging.getLogger(__name__)
LATE_AFTER = timedelta(seconds=15)
# An event that ends its worker each time is given up.
MAX_ATTEMPTS = 5
SWEPT_AT_ONCE = 200


@shared_task(name="forge.start_workflows", ignore_result=True)
def start_workflows(*, event_id: int, **_newer: object) -> None:
    """Start the workflows that an event asks for, once, and forget the event."""
    # Counted apart: a worker that dies below leaves the count behind.
    RepositoryEvent.objects.filter(pk=event_id).update(attempts=F("attempts") + 1)
    with transaction.atomic():
        waiting = RepositoryEvent.objects.select_for_update(skip_locked=True, of=("self",))
        event = waiting.select_related("sender").filter(pk=event_id).first()
        if event is None:
            # Done, or another worker is at it.
            return
        repository = _repository(event.repository_id)
        if repository is not None and event.event == RepositoryEvent.PUSH:
            _push(repository, event.sender, **event.details)
        elif repository is not None:
            _pull_request(repository, event.sender, **event.details)
        event.delete()


@shared_task(name="forge.sweep_events", ignore_result=True)
def sweep_events(**_newer: object) -> None:
    """Find events whose message was lost or whose worker died; due every 15 seconds."""
    late = RepositoryEvent.objects.filter(created_at__lt=timezone.now() - LATE_AFTER)
    for event in late.filter(attempts__gte=MAX_ATTEMPTS)[:SWEPT_AT_ONCE]:
        logger.error("%s: its workflows could not be looked at; it is given up", event)
        event.delete()
    for pk in late.order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        enqueue("forge.start_workflows", event_id=pk)


def _push(repository: Repository, sender: Account, *, ref: str, before: str, after: str) -> None:
    if after == ZERO or not ref.startswith(("refs/heads/", "refs/tags/")):
        return
    git = GitRepository(repository.folder)
    sha = git.resolve(ref)
    commit = git.commit(after) or (git.commit(sha) if sha else None)
    if commit is None:
        return
    branch = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    if branch == repository.default_branch:
        workflow_files.note_workflows_of_default_branch(repository)
    if workflow_files.asks_to_skip(commit.message):
        return
    changed = workflow_files.changed_in_push(
        git, before=before, after=commit.sha, default_branch=repository.default_branch
    )
    payload = bodies.push(
        repository,
        sender,
        ref=ref,
        before=before,
        after=after,
        commits=[commit],
        files=history.changed_paths(git, [commit]),
        forced=False,
    )
    cause = Cause(
        event="push",
        ref=ref,
        branch=branch,
        commit=commit,
        title=commit.message.strip().splitlines()[0] if commit.message.strip() else branch,
        actor=sender,
        payload=payload,
    )
    for file in workflow_files.enabled_files(repository, git, commit.sha):
        trigger = file.definition.triggers.push if file.definition else None
        if file.problem or (trigger and trigger.starts(ref=ref, changed=changed)):
            start_run(repository=repository, file=file, cause=cause)


def _pull_request(repository: Repository, sender: Account, *, number: int, action: str) -> None:
    pull = PullRequest.objects.filter(repository=repository, number=number).first()
    if pull is None:
        return
    pull.repository = repository
    git = GitRepository(repository.folder)
    commit = git.commit(pull.head_sha)
    if commit is None or workflow_files.asks_to_skip(commit.message):
        return
    base = history.merge_base(git, pull.base_sha, pull.head_sha) or pull.base_sha
    changed = workflow_files.changed_paths(git, base, pull.head_sha)
    payload = {
        **bodies.common(repository, sender),
        "action": action,
        "number": number,
        "pull_request": pulls.pull_request(pull),
    }
    cause = Cause(
        event="pull_request",
        ref=f"refs/pull/{number}/merge",
        branch=pull.head_branch,
        commit=commit,
        title=pull.title,
        actor=sender,
        payload=payload,
        pull_request=pull,
    )
    for file in workflow_files.enabled_files(repository, git, pull.head_sha):
        trigger = file.definition.triggers.pull_request if file.definition else None
        if trigger and trigger.starts(action=action, base=pull.base_branch, changed=changed):
            start_run(repository=repository, file=file, cause=cause)


def _repository(repository_id: int) -> Repository | None:
    found = Repository.objects.select_related("owner").filter(pk=repository_id).first()
    if found is None or found.archived or not getattr(settings, "FORGE_RUNNER_ENABLED", True):
        return None
    enabled = ActionsSettings.of(found).enabled
    return found if enabled and isinstance(found, Repository) else None
