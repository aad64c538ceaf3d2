"""The bodies of events, as hooks receive them."""

from typing import Any

from apps.forge.git.objects import ZERO, Commit
from apps.forge.models import Account, Repository
from apps.forge.shapes.accounts import organization, user
from apps.forge.shapes.repositories import hook_repository
from apps.forge.shapes.text import moment


def common(repo: Repository, sender: Account) -> dict[str, Any]:
    """Return what every event of a repository carries."""
    body: dict[str, Any] = {"repository": hook_repository(repo), "sender": user(sender)}
    if repo.owner.is_organization:
        body["organization"] = organization(repo.owner)
    return body


def push(
    repo: Repository,
    sender: Account,
    *,
    ref: str,
    before: str,
    after: str,
    commits: list[Commit],
    files: dict[str, dict[str, list[str]]],
    forced: bool,
) -> dict[str, Any]:
    """Return the push event; `files` are added, removed and modified paths by commit."""
    listed = [_commit(repo, commit, files.get(commit.sha, {})) for commit in commits]
    body = common(repo, sender)
    created = int(repo.created_at.timestamp())
    pushed = int((repo.pushed_at or repo.created_at).timestamp())
    body["repository"] |= {
        "created_at": created,
        "pushed_at": pushed,
        "stargazers": 0,
        "master_branch": repo.default_branch,
        "owner": user(repo.owner) | {"name": repo.owner.login, "email": repo.owner.email or None},
    }
    return body | {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": forced,
        "base_ref": None,
        "compare": f"{repo.html_url}/compare/{before[:12]}...{after[:12]}",
        "commits": listed,
        "head_commit": listed[-1] if listed else None,
        "pusher": {"name": sender.login, "email": sender.email or None},
    }


def _commit(repo: Repository, commit: Commit, files: dict[str, list[str]]) -> dict[str, Any]:
    def person(name: str, email: str) -> dict[str, Any]:
        return {"name": name, "email": email}

    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": moment(commit.committer.at),
        "url": f"{repo.html_url}/commit/{commit.sha}",
        "author": person(commit.author.name, commit.author.email),
        "committer": person(commit.committer.name, commit.committer.email),
        "added": files.get("added", []),
        "removed": files.get("removed", []),
        "modified": files.get("modified", []),
    }
