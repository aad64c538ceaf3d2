"""
Names of repositories, hosts and branches: each checked before it is used; pure.

Paths of API calls are only ever built from the checked parts, never from the text of a URL
(reliability.md B13, P10). `host?owner=o&repo=r` is Backstage's RepoUrl.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from apps.core.errors import UserFacingError

MAX_URL = 2048
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
# GitHub: letters, digits and hyphens, at most 39; managed users have one underscore.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_REF = re.compile(r"[A-Za-z0-9_.+@#-][A-Za-z0-9_.+@#/-]{0,199}")
_REPO_URL_KEYS = frozenset({"owner", "repo", "organization", "workspace", "project"})


class BadScmUrl(UserFacingError):
    """The text is no address in a repository, or tries to be another one than it looks."""


@dataclass(frozen=True, order=True)
class RepositoryRef:
    """A repository on a host; `host` has its port where that is not the usual one."""

    host: str
    owner: str
    name: str

    def __post_init__(self) -> None:
        check_host(self.host)
        check_owner(self.owner)
        check_name(self.name)

    @property
    def full_name(self) -> str:
        """ "owner/name", as GitHub's API has it."""
        return f"{self.owner}/{self.name}"

    @property
    def repo_url(self) -> str:
        """Backstage's RepoUrl form."""
        return f"{self.host}?owner={self.owner}&repo={self.name}"

    def is_same(self, other: "RepositoryRef") -> bool:
        """Compare as GitHub does: without regard to case."""
        return self.repo_url.lower() == other.repo_url.lower()

    def __str__(self) -> str:
        return f"{self.host}/{self.full_name}"


def check_host(host: str, *, where: str = "") -> str:
    """Return a host name with an optional port, or raise BadScmUrl."""
    if not _HOST.fullmatch(host) or ".." in host:
        raise BadScmUrl(
            f"The host {host[:80]!r} is not a host name.",
            hint="Use for example github.com, or localhost:8001.",
            where=where,
        )
    return host


def check_owner(owner: str, *, where: str = "") -> str:
    """Return the name of a person or organisation, or raise BadScmUrl."""
    if not _OWNER.fullmatch(owner):
        raise BadScmUrl(
            f"The owner {owner[:80]!r} is not a name that GitHub allows.",
            hint="Use letters, digits and hyphens, at most 39, starting with a letter or digit.",
            where=where,
        )
    return owner


def check_name(name: str, *, where: str = "") -> str:
    """Return the name of a repository, or raise BadScmUrl."""
    lower = name.lower()
    reserved = not name.strip(".") or lower.endswith((".git", ".wiki"))
    if not _NAME.fullmatch(name) or reserved:
        raise BadScmUrl(
            f"The repository name {name[:120]!r} is not a name that GitHub allows.",
            hint="Use letters, digits, hyphens, dots and underscores, at most 100.",
            where=where,
        )
    return name


def check_ref(ref: str, *, where: str = "") -> str:
    """Return the name of a branch or tag or a commit's SHA, or raise BadScmUrl."""
    bad = ".." in ref or "//" in ref or "@{" in ref or ref.endswith(("/", ".", ".lock"))
    if not _REF.fullmatch(ref) or bad or ref.startswith("-"):
        raise BadScmUrl(
            f"The branch {ref[:80]!r} is not a name that git allows.",
            hint="Use letters, digits, hyphens, dots and slashes.",
            where=where,
        )
    return ref


def parse_full_name(full_name: str, *, where: str = "") -> tuple[str, str]:
    """Return owner and name of "owner/name", each checked, or raise BadScmUrl."""
    owner, slash, name = full_name.partition("/")
    if not slash:
        raise BadScmUrl(f"{full_name[:120]!r} is not of the form owner/name.", where=where)
    return check_owner(owner, where=where), check_name(name, where=where)


def parse_repo_url(text: str, *, where: str = "") -> RepositoryRef:
    """
    Return the repository that Backstage's form `host?owner=o&repo=r` names.

    :raises BadScmUrl: with any other form, a part twice, or a part that is not a plain name
    """
    host, question, query = plain_text(text, where=where).partition("?")
    form = "Use the form github.com?owner=<owner>&repo=<repository>."
    if not question:
        raise BadScmUrl(f"{text[:120]!r} names no owner and repository.", hint=form, where=where)
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=10)
    values = dict(pairs)
    if len(values) != len(pairs) or not set(values) <= _REPO_URL_KEYS or "#" in query:
        raise BadScmUrl(f"{text[:120]!r} has unexpected parts.", hint=form, where=where)
    for key in ("owner", "repo"):
        if not values.get(key):
            raise BadScmUrl(f"{text[:120]!r} has no {key}.", hint=form, where=where)
    return RepositoryRef(
        check_host(host.lower(), where=where),
        check_owner(values["owner"], where=where),
        check_name(values["repo"], where=where),
    )


def plain_text(text: str, *, where: str) -> str:
    """Refuse what parsers disagree about: control characters, spaces, backslashes, non-ASCII."""
    stripped = text.strip()
    odd = "\\" in stripped or any(ord(char) <= 0x20 or ord(char) == 0x7F for char in stripped)
    if not stripped or len(stripped) > MAX_URL or odd:
        raise BadScmUrl(
            f"The address {text[:120]!r} is empty, too long or has characters that do not belong.",
            where=where,
        )
    return stripped
