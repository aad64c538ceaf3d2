"""Commits, trees, blobs, refs and files as GitHub writes them."""

import base64
from typing import Any
from urllib.parse import quote

from apps.forge.git.objects import Commit, GitObject, Signature, TreeEntry
from apps.forge.git.repository import Ref
from apps.forge.models import Repository
from apps.forge.shapes.text import moment, node_id

_UNVERIFIED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def git_commit(repo: Repository, commit: Commit) -> dict[str, Any]:
    """Return "git-commit": the commit as git has it."""
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{repo.api_url}/git/commits/{commit.sha}",
        "html_url": f"{repo.html_url}/commit/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "tree": {
            "url": f"{repo.api_url}/git/trees/{commit.tree}",
            "sha": commit.tree,
        },
        "message": commit.message,
        "parents": [_parent(repo, parent, "git/commits") for parent in commit.parents],
        "verification": _UNVERIFIED,
    }


def commit(
    repo: Repository, commit: Commit, *, accounts: dict[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return "commit"; `accounts` are users by e-mail address."""
    known = accounts or {}
    return {
        "url": f"{repo.api_url}/commits/{commit.sha}",
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "html_url": f"{repo.html_url}/commit/{commit.sha}",
        "comments_url": f"{repo.api_url}/commits/{commit.sha}/comments",
        "commit": {
            "url": f"{repo.api_url}/git/commits/{commit.sha}",
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "message": commit.message,
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{repo.api_url}/git/trees/{commit.tree}"},
            "verification": _UNVERIFIED,
        },
        "author": known.get(commit.author.email.lower()),
        "committer": known.get(commit.committer.email.lower()),
        "parents": [_parent(repo, parent, "commits") for parent in commit.parents],
    }


def tree(
    repo: Repository, sha: str, entries: list[TreeEntry], *, truncated: bool = False
) -> dict[str, Any]:
    """Return "git-tree"."""
    return {
        "sha": sha,
        "url": f"{repo.api_url}/git/trees/{sha}",
        "tree": [_tree_entry(repo, entry) for entry in entries],
        "truncated": truncated,
    }


def blob(repo: Repository, sha: str, found: GitObject) -> dict[str, Any]:
    """Return "blob"."""
    return {
        "content": _base64(found.content),
        "encoding": "base64",
        "url": f"{repo.api_url}/git/blobs/{sha}",
        "sha": sha,
        "size": len(found.content),
        "node_id": node_id("Blob", sha),
    }


def ref(repo: Repository, ref: Ref) -> dict[str, Any]:
    """Return "git-ref"."""
    return {
        "ref": ref.name,
        "node_id": node_id("Ref", f"{repo.pk}:{ref.name}"),
        "url": f"{repo.api_url}/git/{ref.name}",
        "object": {
            "sha": ref.sha,
            "type": ref.type,
            "url": f"{repo.api_url}/git/{ref.type}s/{ref.sha}",
        },
    }


def contents_entry(repo: Repository, branch: str, entry: TreeEntry) -> dict[str, Any]:
    """Return one line of "content-directory"."""
    path = quote(entry.path)
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.type, "file")
    kind = "symlink" if entry.mode == "120000" else kind
    below = {"tree": "trees", "blob": "blobs"}.get(entry.type)
    git_url = f"{repo.api_url}/git/{below}/{entry.sha}" if below else None
    page = "tree" if entry.type == "tree" else "blob"
    html_url = f"{repo.html_url}/{page}/{quote(branch)}/{path}"
    url = f"{repo.api_url}/contents/{path}?ref={quote(branch, safe='')}"
    download = f"{repo.html_url}/raw/{quote(branch)}/{path}" if entry.type == "blob" else None
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": download,
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def contents_file(
    repo: Repository, branch: str, entry: TreeEntry, content: bytes
) -> dict[str, Any]:
    """Return "content-file"; from 1 MB on GitHub leaves the content to the raw media type."""
    body = contents_entry(repo, branch, entry)
    if len(content) > 1024 * 1024:
        return body | {"content": "", "encoding": "none"}
    return body | {"content": _base64(content), "encoding": "base64"}


def _person(signature: Signature) -> dict[str, Any]:
    return {
        "name": signature.name,
        "email": signature.email,
        "date": moment(signature.at),
    }


def _parent(repo: Repository, sha: str, kind: str) -> dict[str, Any]:
    return {
        "sha": sha,
        "url": f"{repo.api_url}/{kind}/{sha}",
        "html_url": f"{repo.html_url}/commit/{sha}",
    }


def _tree_entry(repo: Repository, entry: TreeEntry) -> dict[str, Any]:
    body: dict[str, Any] = {
        "path": entry.path,
        "mode": entry.mode,
        "type": entry.type,
        "sha": entry.sha,
    }
    if entry.size is not None:
        body["size"] = entry.size
    if entry.type != "commit":
        body["url"] = f"{repo.api_url}/git/{entry.type}s/{entry.sha}"
    return body


def _base64(content: bytes) -> str:
    # GitHub breaks the lines after 60 characters and ends with a newline.
    text = base64.b64encode(content).decode()
    return "".join(text[at : at + 60] + "\n" for at in range(0, len(text), 60))
