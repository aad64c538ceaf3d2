"""How a pull request stands: what it would change, and whether it can be merged now."""

from dataclasses import dataclass
from typing import Any

from apps.forge.git import history
from apps.forge.git.merging import MergedTree, merge_trees
from apps.forge.git.repository import GitRepository
from apps.forge.models import PullRequest
from apps.forge.services import protection
from apps.forge.shapes import pulls as shapes


@dataclass(frozen=True)
class Mergeability:
    """Whether and why not a pull request can be merged now."""

    mergeable: bool | None
    state: str
    missing_checks: tuple[str, ...] = ()
    missing_approvals: int = 0


def mergeability(pull: PullRequest) -> Mergeability:
    """Return whether a pull request can be merged now: conflicts, checks, approvals."""
    git = GitRepository(pull.repository.folder)
    base_sha = git.branches().get(pull.base_branch)
    if pull.merged_at or pull.state != PullRequest.State.OPEN or base_sha is None:
        return Mergeability(None, "unknown")
    if merged_tree(git, base_sha, pull.head_sha).conflicts:
        return Mergeability(False, "dirty")
    known = protection.protection_of(pull.repository, pull.base_branch)
    checks = tuple(protection.missing_checks(known, pull.head_sha)) if known else ()
    needed = 0
    if known is not None and known.required_reviews is not None:
        needed = known.required_reviews.get("required_approving_review_count", 1)
        needed = max(0, needed - _approvals(pull))
    if pull.draft:
        return Mergeability(True, "draft", checks, needed)
    return Mergeability(True, "blocked" if checks or needed else "clean", checks, needed)


def described(pull: PullRequest) -> dict[str, Any]:
    """Return the whole "pull-request", with what it would change."""
    now, files = mergeability(pull), changed_files(pull)
    git = GitRepository(pull.repository.folder)
    return shapes.full_pull_request(
        pull,
        mergeable=now.mergeable,
        mergeable_state=now.state,
        commits=history.count(git, pull.head_sha, without=pull.base_sha),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
        changed_files=len(files),
    )


def changed_files(pull: PullRequest) -> list[history.ChangedFile]:
    """Return the files a pull request changes."""
    git = GitRepository(pull.repository.folder)
    base = history.merge_base(git, pull.base_sha, pull.head_sha)
    return history.changed_files(git, base or "", pull.head_sha)


def merged_tree(git: GitRepository, base_sha: str, head_sha: str) -> MergedTree:
    """Return the tree of merging a head into a base (both commits by SHA), with its conflicts."""
    common = history.merge_base(git, base_sha, head_sha)
    trees = {commit.sha: commit.tree for commit in git.commits({base_sha, head_sha, common or ""})}
    return merge_trees(
        git,
        base=trees[common] if common else None,
        ours=trees[base_sha],
        theirs=trees[head_sha],
    )


def _approvals(pull: PullRequest) -> int:
    latest: dict[int, str] = {}
    for review in pull.reviews.exclude(state="COMMENTED").order_by("pk"):
        latest[review.author_id] = review.state
    return sum(state == "APPROVED" for state in latest.values())
