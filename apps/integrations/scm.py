"""
Addresses of things in a source repository: parsed, checked, resolved. Pure: nothing is fetched.

Paths of API calls are only ever built from the checked parts, never from the text of a URL
(reliability.md B13, P10). Forms: `host?owner=o&repo=r` is Backstage's RepoUrl; web addresses are
GitHub's, `https://host/owner/repo/(blob|tree|raw|edit)/ref/path`.
"""

import posixpath
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from apps.core.errors import UserFacingError
from apps.core.safe_path import UnsafePath, safe_relpath

MAX_URL = 2048
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?")
# GitHub: letters, digits and hyphens, at most 39; managed users have one underscore.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_REF = re.compile(r"[A-Za-z0-9_.+@#-][A-Za-z0-9_.+@#/-]{0,199}")
_SHA = re.compile(r"[0-9a-f]{40}")
_KINDS = frozenset({"blob", "tree", "raw", "edit"})
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
    host, question, query = _plain(text, where=where).partition("?")
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


@dataclass(frozen=True)
class ScmUrl:
    """
    A place in a repository.

    `kind` is blob, tree, raw or edit; `ref` is empty for the default branch; `path` is "" for the
    repository itself and may contain a glob.
    """

    scheme: str
    repository: RepositoryRef
    kind: str = "tree"
    ref: str = ""
    path: str = ""

    @classmethod
    def parse(cls, text: str, *, where: str = "") -> "ScmUrl":
        """
        Return the place that a web address names.

        :raises BadScmUrl: with any other form, credentials, a query, or hostile parts
        """
        parts = urlsplit(_plain(text, where=where))
        if parts.scheme not in {"http", "https"} or "@" in parts.netloc or parts.query:
            raise BadScmUrl(
                f"{text[:200]!r} is not the address of a file or folder in a repository.",
                hint="Use for example https://github.com/acme/shop/blob/main/catalog-info.yaml.",
                where=where,
            )
        segments = [unquote(part) for part in parts.path.strip("/").split("/")]
        if len(segments) < 2:
            raise BadScmUrl(f"{text[:200]!r} names no repository.", where=where)
        repository = RepositoryRef(
            check_host(parts.netloc.lower(), where=where),
            check_owner(segments[0], where=where),
            check_name(segments[1].removesuffix(".git"), where=where),
        )
        if len(segments) == 2:
            return cls(parts.scheme, repository)
        kind = segments[2]
        if kind not in _KINDS or len(segments) < 4:
            raise BadScmUrl(
                f"{text[:200]!r} is not the address of a file or folder in a repository.",
                hint="After the repository comes blob or tree, then the branch, then the path.",
                where=where,
            )
        path = _checked_path("/".join(segments[4:]), where=where)
        return cls(parts.scheme, repository, kind, check_ref(segments[3], where=where), path)

    def resolve(self, relative: str, *, where: str = "") -> "ScmUrl":
        """
        Return the place a relative path or an absolute address names, seen from here.

        From a file, paths start at its folder; from a folder (kind tree) at the folder itself; a
        leading slash means the root of the repository.

        :raises BadScmUrl: if it lies in another repository, or leaves this one
        """
        text = _plain(relative, where=where)
        if "://" in text or text.startswith("//"):
            other = ScmUrl.parse(text, where=where)
            if not other.repository.is_same(self.repository) or other.scheme != self.scheme:
                raise BadScmUrl(
                    f"{text[:200]!r} lies outside the repository {self.repository}.",
                    hint="Only files of the same repository can be used here.",
                    where=where,
                )
            return other
        text = unquote(text)
        base = "" if text.startswith("/") else self.path if self.is_folder else self.folder_path
        joined = posixpath.normpath(posixpath.join(base, text.lstrip("/")))
        if joined == ".." or joined.startswith("../"):
            raise BadScmUrl(
                f"{relative[:200]!r} leaves the repository {self.repository}.", where=where
            )
        path = "" if joined == "." else _checked_path(joined, where=where)
        kind = "blob" if self.kind == "tree" and path and not relative.endswith("/") else self.kind
        return replace(self, path=path, kind=kind)

    @property
    def is_folder(self) -> bool:
        """Tell whether the address says that it is a folder."""
        return self.kind == "tree"

    @property
    def folder_path(self) -> str:
        """The path of the folder that holds this file."""
        return posixpath.dirname(self.path)

    @property
    def folder(self) -> "ScmUrl":
        """The folder that holds this file."""
        return replace(self, kind="tree", path=self.folder_path)

    @property
    def is_pinned(self) -> bool:
        """Tell whether the address names a commit, whose content never changes."""
        return bool(_SHA.fullmatch(self.ref))

    @property
    def has_glob(self) -> bool:
        """Tell whether the path is a pattern; the branch part is always literal."""
        return any(char in self.path for char in "*?[{")

    @property
    def base_url(self) -> str:
        """The address of the repository's page."""
        return f"{self.scheme}://{self.repository.host}/{self.repository.full_name}"

    def on(self, ref: str) -> "ScmUrl":
        """Return the same place on another branch or commit."""
        return replace(self, ref=check_ref(ref))

    def at(self, path: str, *, kind: str = "blob") -> "ScmUrl":
        """Return another place on the same branch."""
        return replace(self, path=_checked_path(path), kind=kind)

    @property
    def blob_url(self) -> str:
        """The address of the page that shows the file."""
        return self._url("blob")

    @property
    def tree_url(self) -> str:
        """The address of the page that shows the folder."""
        return self._url("tree")

    @property
    def edit_url(self) -> str:
        """The address at which the file is edited; empty for a commit, which cannot be."""
        return "" if self.is_pinned else self._url("edit")

    @property
    def raw_url(self) -> str:
        """The address of the file's bytes."""
        return self._url("raw")

    def _url(self, kind: str) -> str:
        if not self.ref:
            return self.base_url
        address = f"{self.base_url}/{kind}/{quote(self.ref, safe='@+')}"
        return f"{address}/{quote(self.path, safe='/*{},!@+()[]')}" if self.path else address

    def __str__(self) -> str:
        return self._url(self.kind)


def _plain(text: str, *, where: str) -> str:
    """Refuse what parsers disagree about: control characters, spaces, backslashes, non-ASCII."""
    stripped = text.strip()
    odd = "\\" in stripped or any(ord(char) <= 0x20 or ord(char) == 0x7F for char in stripped)
    if not stripped or len(stripped) > MAX_URL or odd:
        raise BadScmUrl(
            f"The address {text[:120]!r} is empty, too long or has characters that do not belong.",
            where=where,
        )
    return stripped


def _checked_path(path: str, *, where: str = "") -> str:
    try:
        return safe_relpath(path.rstrip("/"), where=where, allow_dot=True)
    except UnsafePath as error:
        raise BadScmUrl(error.message, hint=error.hint, where=where) from error
