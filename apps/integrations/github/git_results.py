"""What GitHub answers about git's own objects, with only the fields that the portal reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dateutil.parser import isoparse

Json = Mapping[str, Any]


def moment(text: str | None) -> datetime | None:
    """Return GitHub's ISO 8601 text as a moment with time zone."""
    return isoparse(text) if text else None


@dataclass(frozen=True)
class TreeFile:
    """A file of a tree; `mode` is git's ("100644", "100755"), `size` in bytes."""

    path: str
    sha: str
    mode: str
    size: int


@dataclass(frozen=True)
class Tree:
    """The files of a commit; symbolic links and submodules are in `irregular`, not in `files`."""

    commit_sha: str
    files: tuple[TreeFile, ...]
    irregular: tuple[str, ...] = ()
    truncated: bool = False


@dataclass(frozen=True)
class File:
    """A file to commit."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class FileContent:
    """A file that was read; with `not_modified` the content is what the caller already has."""

    path: str
    sha: str
    content: bytes
    etag: str = ""
    not_modified: bool = False


@dataclass(frozen=True)
class Ref:
    """A branch or tag and the object it names."""

    ref: str
    sha: str

    @classmethod
    def read(cls, data: Json) -> "Ref":
        return cls(ref=str(data["ref"]), sha=str(data["object"]["sha"]))


@dataclass(frozen=True)
class Commit:
    """A commit; `author_login` is empty where the e-mail belongs to no account."""

    sha: str
    message: str
    author_name: str
    author_email: str
    authored_at: datetime | None
    committed_at: datetime | None = None
    parents: tuple[str, ...] = ()
    tree_sha: str = ""
    author_login: str = ""
    html_url: str = ""

    @classmethod
    def read(cls, data: Json) -> "Commit":
        inner = data.get("commit") or data
        author = inner.get("author") or {}
        account = data.get("author") if "commit" in data else None
        return cls(
            sha=str(data["sha"]),
            message=str(inner.get("message") or "").rstrip("\n"),
            author_name=str(author.get("name") or ""),
            author_email=str(author.get("email") or ""),
            authored_at=moment(author.get("date")),
            committed_at=moment((inner.get("committer") or {}).get("date")),
            parents=tuple(str(parent["sha"]) for parent in data.get("parents") or ()),
            tree_sha=str((inner.get("tree") or {}).get("sha") or ""),
            author_login=str((account or {}).get("login") or ""),
            html_url=str(data.get("html_url") or ""),
        )


@dataclass(frozen=True)
class CommitResult:
    """What `commit_files` left: the commit that the branch now names."""

    sha: str
    branch: str
