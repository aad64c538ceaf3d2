"""Pull requests: opened, changed, merged."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.forge import events
from apps.forge.errors import Conflict, Invalid, NotMergeable, invalid_field
from apps.forge.git import history
from apps.forge.git.objects import ZERO, Commit
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, PullRequest, Repository
from apps.forge.services import access, protection, pull_state, writing
from apps.forge.shapes import events as bodies


def create(
    *,
    repository: Repository,
    author: Account,
    head: str,
    base: str,
    title: str,
    body: str = "",
    draft: bool = False,
) -> PullRequest:
    """
    Open a pull request from one branch to another.

    :raises apps.forge.errors.Invalid: if a branch is missing, or one is open, or both are equal
    """
    git = GitRepository(repository.folder)
    head = head.removeprefix(f"{repository.owner.login}:")
    branches = git.branches()
    for field, name in (("head", head), ("base", base)):
        if name not in branches:
            raise invalid_field("PullRequest", field, "invalid")
    opened = PullRequest.objects.filter(
        repository=repository, head_branch=head, base_branch=base, state=PullRequest.State.OPEN
    )
    if opened.exists():
        message = f"A pull request already exists for {repository.owner.login}:{head}."
        raise _refused(message)
    if history.count(git, branches[head], without=branches[base]) == 0:
        raise _refused(f"No commits between {base} and {head}")
    pull = PullRequest.objects.create(
        repository=repository,
        number=next_number(repository),
        title=title,
        body=body,
        author=author,
        draft=draft,
        head_branch=head,
        head_sha=branches[head],
        base_branch=base,
        base_sha=branches[base],
    )
    git.update_ref(f"refs/pull/{pull.number}/head", pull.head_sha)
    _tell(pull, "opened", author)
    return pull


def next_number(repository: Repository) -> int:
    """Return the next number of a pull request; the row is locked until commit."""
    with transaction.atomic():
        locked = Repository.objects.select_for_update(of=("self",)).get(pk=repository.pk)
        locked.last_number += 1
        locked.save(update_fields=["last_number"])
    repository.last_number = locked.last_number
    return int(locked.last_number)


def update(*, pull: PullRequest, sender: Account, **changes: Any) -> PullRequest:
    """
    Change title, body, base or state.

    :raises apps.forge.errors.Invalid: if it cannot be opened again or has no such base
    """
    git = GitRepository(pull.repository.folder)
    action = "edited"
    if (state := changes.pop("state", pull.state)) != pull.state:
        action = "reopened" if state == PullRequest.State.OPEN else "closed"
        if action == "reopened":
            branches = git.branches()
            if pull.merged_at or pull.head_branch not in branches:
                raise invalid_field("PullRequest", "state", "invalid", "state cannot be changed.")
            pull.head_sha, pull.closed_at = branches[pull.head_branch], None
        else:
            pull.closed_at = timezone.now()
        pull.state = state
    base = changes.get("base_branch", pull.base_branch)
    if base != pull.base_branch:
        if base not in git.branches():
            raise invalid_field("PullRequest", "base", "invalid")
        pull.base_sha = git.branches()[base]
    for name, value in changes.items():
        setattr(pull, name, value)
    pull.save()
    _tell(pull, action, sender)
    return pull


def merge(
    *,
    pull: PullRequest,
    sender: Account,
    method: str = "merge",
    title: str = "",
    message: str = "",
    expected_head: str = "",
) -> str:
    """
    Merge a pull request and return the commit the base branch ends at.

    :raises apps.forge.errors.NotMergeable: if it is closed, conflicts, or lacks what is demanded
    :raises apps.forge.errors.Conflict: if its head has moved
    """
    if expected_head and expected_head != pull.head_sha:
        raise Conflict("Head branch was modified. Review and try the merge again.")
    if pull.state != PullRequest.State.OPEN or pull.draft:
        raise NotMergeable("Pull Request is not mergeable")
    _check_demands(pull, sender)
    git = GitRepository(pull.repository.folder)
    base_sha = git.branches()[pull.base_branch]
    merged = pull_state.merged_tree(git, base_sha, pull.head_sha)
    if merged.conflicts:
        raise NotMergeable("Pull Request is not mergeable")
    parents = (base_sha,) if method == "squash" else (base_sha, pull.head_sha)
    subject, text = _words(pull, git, base_sha, method, title, message)
    author = writing.signature_of(sender)
    made = Commit(
        tree=merged.sha,
        parents=parents,
        author=writing.signature_of(pull.author) if method == "squash" else author,
        committer=author,
        message=f"{subject}\n\n{text}".rstrip("\n"),
    ).as_object()
    git.write([*merged.objects, made])
    # Before the branch moves: the push that follows must find this one closed.
    pull.state, pull.closed_at = PullRequest.State.CLOSED, timezone.now()
    pull.merged_at, pull.merged_by = pull.closed_at, sender
    pull.base_sha, pull.merge_commit_sha = base_sha, made.sha
    pull.save()
    writing.move_branch(
        repository=pull.repository,
        git=git,
        branch=pull.base_branch,
        before=base_sha,
        after=made.sha,
        sender=sender,
    )
    _tell(pull, "closed", sender)
    if pull.repository.delete_branch_on_merge and pull.head_branch in git.branches():
        writing.move_branch(
            repository=pull.repository,
            git=git,
            branch=pull.head_branch,
            before=git.branches()[pull.head_branch],
            after=ZERO,
            sender=sender,
        )
    return made.sha


def _check_demands(pull: PullRequest, sender: Account) -> None:
    known = protection.protection_of(pull.repository, pull.base_branch)
    if known is None:
        return
    admin = access.role_on(pull.repository, sender) == "admin"
    if admin and not known.enforce_admins:
        return
    now = pull_state.mergeability(pull)
    if now.missing_checks:
        names = ", ".join(f'"{name}"' for name in now.missing_checks)
        raise NotMergeable(f"Required status check {names} is expected.")
    if now.missing_approvals:
        needed = now.missing_approvals
        raise NotMergeable(
            f"At least {needed} approving review is required by reviewers with write access."
        )


def _words(
    pull: PullRequest, git: GitRepository, base_sha: str, method: str, title: str, message: str
) -> tuple[str, str]:
    if method != "squash":
        owner = pull.repository.owner.login
        subject = f"Merge pull request #{pull.number} from {owner}/{pull.head_branch}"
        return title or subject, message or pull.title
    commits = history.log(git, pull.head_sha, without=base_sha, most=250)[::-1]
    subjects = [f"* {commit.message.splitlines()[0]}" for commit in commits if commit.message]
    default = "\n".join(subjects) if len(subjects) > 1 else ""
    return title or f"{pull.title} (#{pull.number})", message or default


def _tell(pull: PullRequest, action: str, sender: Account) -> None:
    body = {
        "action": action,
        "number": pull.number,
        "pull_request": pull_state.described(pull),
        **bodies.common(pull.repository, sender),
    }
    events.emit(pull.repository, "pull_request", body)
    events.pull_request_changed(pull.repository, number=pull.number, action=action, sender=sender)


def _refused(message: str) -> Invalid:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return Invalid("Validation Failed", errors=[error])
