"""Writing files into a repository as one commit on a branch."""

from django.utils import timezone

from apps.forge.errors import Conflict, Invalid
from apps.forge.git.objects import ZERO, Commit, GitObject, Signature
from apps.forge.git.repository import GitRepository, RefConflict
from apps.forge.git.trees import Change, MalformedPath, build
from apps.forge.models import Account, Repository
from apps.forge.services import pushes


def signature_of(account: Account) -> Signature:
    """Return the account as author of something written now."""
    return Signature(
        name=account.name or account.login, email=account.noreply_email, at=timezone.now()
    )


def commit_files(
    *,
    repository: Repository,
    git: GitRepository,
    branch: str,
    parent: Commit | None,
    files: dict[str, bytes | None],
    message: str,
    author: Signature,
    sender: Account,
    committer: Signature | None = None,
    modes: dict[str, str] | None = None,
) -> Commit:
    """
    Commit files (None removes one) on top of `parent` and move the branch there.

    :raises apps.forge.errors.Invalid: if a path cannot be in a tree
    :raises apps.forge.errors.Conflict: if the branch has moved meanwhile
    """
    blobs = {path: GitObject("blob", data) for path, data in files.items() if data is not None}
    changes = [
        Change(
            path=path,
            sha=blobs[path].sha if path in blobs else None,
            mode=(modes or {}).get(path, "100644"),
        )
        for path in files
    ]
    try:
        tree = build(git, parent.tree if parent else None, changes)
    except MalformedPath as error:
        raise Invalid("path contains a malformed path component") from error
    made = Commit(
        tree=tree.sha,
        parents=(parent.sha,) if parent else (),
        author=author,
        committer=committer or author,
        message=message,
    ).as_object()
    git.write([*blobs.values(), *tree.objects, made])
    move_branch(
        repository=repository,
        git=git,
        branch=branch,
        before=parent.sha if parent else ZERO,
        after=made.sha,
        sender=sender,
    )
    return Commit.parse(made.sha, made.content)


def move_branch(
    *,
    repository: Repository,
    git: GitRepository,
    branch: str,
    before: str,
    after: str,
    sender: Account,
) -> None:
    """
    Let a branch end at another commit, if it still ends at `before`.

    :raises apps.forge.errors.Conflict: if it has moved meanwhile
    """
    ref = f"refs/heads/{branch}"
    try:
        git.update_ref(ref, after, old=before)
    except RefConflict as error:
        raise Conflict(f"is at another commit but expected {before}") from error
    pushes.ref_moved(repository=repository, ref=ref, before=before, after=after, sender=sender)
