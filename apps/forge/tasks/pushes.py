"""What follows a push or a pull request: workflows."""

from celery import shared_task
from django.conf import settings
from django.db import transaction

from apps.forge.git import history
from apps.forge.git.objects import ZERO
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, ActionsSettings, PullRequest, Repository
from apps.forge.services import workflow_files
from apps.forge.services.workflow_runs import Cause, start_run
from apps.forge.shapes import events as bodies
from apps.forge.shapes import pulls


@shared_task(name="forge.handle_push", ignore_result=True)
def handle_push(
    *, repository_id: int, ref: str, before: str, after: str, sender_id: int, **_newer: object
) -> None:
    """
    Start the workflows that a changed ref asks for.

    `ref` is full ("refs/heads/main"); `before` or `after` is forty zeros for a new or deleted ref.
    """
    repository = _repository(repository_id)
    if repository is None or after == ZERO or not ref.startswith(("refs/heads/", "refs/tags/")):
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
    sender = Account.objects.get(pk=sender_id)
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
    # All of them or none: the task comes again if its worker dies on the way.
    with transaction.atomic():
        for file in workflow_files.enabled_files(repository, git, commit.sha):
            trigger = file.definition.triggers.push if file.definition else None
            if file.problem or (trigger and trigger.starts(ref=ref, changed=changed)):
                start_run(repository=repository, file=file, cause=cause)


@shared_task(name="forge.handle_pull_request", ignore_result=True)
def handle_pull_request(
    *, repository_id: int, number: int, action: str, sender_id: int, **_newer: object
) -> None:
    """Start the workflows that a pull request asks for; `action` as in GitHub's event."""
    repository = _repository(repository_id)
    if repository is None:
        return
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
    sender = Account.objects.get(pk=sender_id)
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
    with transaction.atomic():
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
