"""What follows when a ref of a repository has moved, whoever moved it and how."""

from django.utils import timezone

from apps.forge import events
from apps.forge.git import history
from apps.forge.git.objects import ZERO, Commit
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, PullRequest, Repository
from apps.forge.services import pull_state
from apps.forge.shapes import events as bodies

# GitHub lists at most this many commits in a push event.
MAX_COMMITS = 20


def ref_moved(
    *, repository: Repository, ref: str, before: str, after: str, sender: Account
) -> None:
    """
    Note the push, follow it with open pull requests, and tell hooks and workflows.

    `before` and `after` are commits by SHA, forty zeros for a ref that was or is not there.
    """
    git = GitRepository(repository.folder)
    repository.pushed_at = timezone.now()
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    if branch and after != ZERO:
        _adopt_first_branch(repository, git, branch)
    repository.save(update_fields=["pushed_at", "default_branch", "updated_at"])
    commits, forced = _new_commits(git, before=before, after=after)
    body = bodies.push(
        repository,
        sender,
        ref=ref,
        before=before,
        after=after,
        commits=commits,
        files=history.changed_paths(git, commits),
        forced=forced,
    )
    events.emit(repository, "push", body)
    events.pushed(repository, ref=ref, before=before, after=after, sender=sender)
    if branch:
        _follow(repository, git, branch=branch, before=before, after=after, sender=sender)


def _adopt_first_branch(repository: Repository, git: GitRepository, branch: str) -> None:
    # The first branch that is pushed becomes the default one, whatever it is called.
    if branch == repository.default_branch:
        return
    if repository.default_branch not in git.branches():
        repository.default_branch = branch
        git.set_default_branch(branch)


def _new_commits(git: GitRepository, *, before: str, after: str) -> tuple[list[Commit], bool]:
    if after == ZERO or git.commit(after) is None:
        return [], False
    if before == ZERO:
        return history.log(git, after, most=1), False
    commits = history.log(git, after, without=before, most=MAX_COMMITS)
    return commits[::-1], not history.is_ancestor(git, before, after)


def _follow(
    repository: Repository,
    git: GitRepository,
    *,
    branch: str,
    before: str,
    after: str,
    sender: Account,
) -> None:
    opened = PullRequest.objects.filter(repository=repository, state=PullRequest.State.OPEN)
    for pull in opened.filter(head_branch=branch).select_related("author"):
        if after == ZERO:
            pull.state, pull.closed_at = PullRequest.State.CLOSED, timezone.now()
            action = "closed"
        else:
            pull.head_sha = after
            git.update_ref(f"refs/pull/{pull.number}/head", after)
            action = "synchronize"
        pull.save()
        body = {"action": action, "number": pull.number, "pull_request": pull_state.described(pull)}
        if action == "synchronize":
            body |= {"before": before, "after": after}
        events.emit(repository, "pull_request", body | bodies.common(repository, sender))
        events.pull_request_changed(repository, number=pull.number, action=action, sender=sender)
