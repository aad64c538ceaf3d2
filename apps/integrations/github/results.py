"""What GitHub answers, with only the fields that the portal reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apps.integrations.github.git_results import (
    Commit,
    CommitResult,
    File,
    FileContent,
    Json,
    Ref,
    Tree,
    TreeFile,
    moment,
)

__all__ = [
    "Account",
    "CheckRun",
    "Commit",
    "CommitResult",
    "File",
    "FileContent",
    "Hook",
    "Json",
    "Organization",
    "PullRequest",
    "PullRequestFile",
    "Ref",
    "Repository",
    "Team",
    "Tree",
    "TreeFile",
    "moment",
]


@dataclass(frozen=True)
class Account:
    """A person, an organisation or an App's own account."""

    id: int
    login: str
    type: str = "User"
    name: str = ""
    email: str = ""
    avatar_url: str = ""
    html_url: str = ""

    @classmethod
    def read(cls, data: Json) -> "Account":
        return cls(
            id=int(data["id"]),
            login=str(data["login"]),
            type=str(data.get("type") or "User"),
            name=str(data.get("name") or ""),
            email=str(data.get("email") or ""),
            avatar_url=str(data.get("avatar_url") or ""),
            html_url=str(data.get("html_url") or ""),
        )


@dataclass(frozen=True)
class Organization:
    """An organisation; `two_factor_required` is None where the token may not know."""

    id: int
    login: str
    two_factor_required: bool | None = None

    @classmethod
    def read(cls, data: Json) -> "Organization":
        required = data.get("two_factor_requirement_enabled")
        return cls(
            id=int(data["id"]),
            login=str(data["login"]),
            two_factor_required=None if required is None else bool(required),
        )


@dataclass(frozen=True)
class Team:
    """A team of an organisation."""

    id: int
    slug: str
    name: str
    description: str = ""
    parent_slug: str = ""

    @classmethod
    def read(cls, data: Json) -> "Team":
        return cls(
            id=int(data["id"]),
            slug=str(data["slug"]),
            name=str(data["name"]),
            description=str(data.get("description") or ""),
            parent_slug=str((data.get("parent") or {}).get("slug") or ""),
        )


@dataclass(frozen=True)
class Repository:
    """A repository; `homepage` carries the portal's marker of the run that created it."""

    id: int
    node_id: str
    full_name: str
    owner: str
    name: str
    html_url: str
    clone_url: str
    default_branch: str
    owner_type: str = "Organization"
    private: bool = False
    visibility: str = "public"
    archived: bool = False
    fork: bool = False
    description: str = ""
    homepage: str = ""
    topics: tuple[str, ...] = ()
    permissions: Mapping[str, bool] = field(default_factory=dict)
    forks_count: int = 0
    open_issues_count: int = 0
    size: int = 0
    created_at: datetime | None = None
    pushed_at: datetime | None = None

    @classmethod
    def read(cls, data: Json) -> "Repository":
        private = bool(data.get("private"))
        return cls(
            id=int(data["id"]),
            node_id=str(data.get("node_id") or ""),
            full_name=str(data["full_name"]),
            owner=str(data["owner"]["login"]),
            name=str(data["name"]),
            html_url=str(data["html_url"]),
            clone_url=str(data.get("clone_url") or ""),
            default_branch=str(data.get("default_branch") or "main"),
            owner_type=str(data["owner"].get("type") or "User"),
            private=private,
            visibility=str(data.get("visibility") or ("private" if private else "public")),
            archived=bool(data.get("archived")),
            fork=bool(data.get("fork")),
            description=str(data.get("description") or ""),
            homepage=str(data.get("homepage") or ""),
            topics=tuple(data.get("topics") or ()),
            permissions=dict(data.get("permissions") or {}),
            forks_count=int(data.get("forks_count") or 0),
            open_issues_count=int(data.get("open_issues_count") or 0),
            size=int(data.get("size") or 0),
            created_at=moment(data.get("created_at")),
            pushed_at=moment(data.get("pushed_at")),
        )


@dataclass(frozen=True)
class PullRequest:
    """A pull request; `mergeable` is None while GitHub computes it."""

    id: int
    number: int
    state: str
    title: str
    html_url: str
    head_branch: str
    head_sha: str
    base_branch: str
    merged: bool = False
    draft: bool = False
    mergeable: bool | None = None
    author_login: str = ""
    created_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str = ""

    @classmethod
    def read(cls, data: Json) -> "PullRequest":
        merged_at = moment(data.get("merged_at"))
        return cls(
            id=int(data["id"]),
            number=int(data["number"]),
            state=str(data["state"]),
            title=str(data.get("title") or ""),
            html_url=str(data["html_url"]),
            head_branch=str(data["head"]["ref"]),
            head_sha=str(data["head"]["sha"]),
            base_branch=str(data["base"]["ref"]),
            merged=bool(data.get("merged")) or merged_at is not None,
            draft=bool(data.get("draft")),
            mergeable=data.get("mergeable"),
            author_login=str((data.get("user") or {}).get("login") or ""),
            created_at=moment(data.get("created_at")),
            merged_at=merged_at,
            merge_commit_sha=str(data.get("merge_commit_sha") or ""),
        )


@dataclass(frozen=True)
class PullRequestFile:
    """A file that a pull request changes; `status` is added, modified, removed or renamed."""

    path: str
    status: str
    additions: int = 0
    deletions: int = 0

    @classmethod
    def read(cls, data: Json) -> "PullRequestFile":
        return cls(
            path=str(data["filename"]),
            status=str(data["status"]),
            additions=int(data.get("additions") or 0),
            deletions=int(data.get("deletions") or 0),
        )


@dataclass(frozen=True)
class CheckRun:
    """A check of a commit; `conclusion` is empty until `status` is completed."""

    id: int
    name: str
    status: str
    conclusion: str = ""
    html_url: str = ""

    @classmethod
    def read(cls, data: Json) -> "CheckRun":
        return cls(
            id=int(data["id"]),
            name=str(data["name"]),
            status=str(data["status"]),
            conclusion=str(data.get("conclusion") or ""),
            html_url=str(data.get("html_url") or ""),
        )


@dataclass(frozen=True)
class Hook:
    """A webhook of a repository or an organisation."""

    id: int
    url: str
    events: tuple[str, ...]
    active: bool = True

    @classmethod
    def read(cls, data: Json) -> "Hook":
        return cls(
            id=int(data["id"]),
            url=str((data.get("config") or {}).get("url") or ""),
            events=tuple(data.get("events") or ()),
            active=bool(data.get("active", True)),
        )
