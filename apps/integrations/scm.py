"""
Addresses of things in a source repository: parsed, checked, resolved. Pure: nothing is fetched.

Web addresses are GitHub's, `https://host/owner/repo/(blob|tree|raw|edit)/ref/path`. The names
inside them, and Backstage's RepoUrl form, are checked in `repository_ref`; import both from here.
"""

import posixpath
import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from apps.core.safe_path import UnsafePath, safe_relpath
from apps.integrations.repository_ref import (
    MAX_URL,
    BadScmUrl,
    RepositoryRef,
    check_host,
    check_name,
    check_owner,
    check_ref,
    parse_full_name,
    parse_repo_url,
    plain_text,
)

__all__ = [
    "MAX_URL",
    "BadScmUrl",
    "RepositoryRef",
    "ScmUrl",
    "check_host",
    "check_name",
    "check_owner",
    "check_ref",
    "parse_full_name",
    "parse_repo_url",
]

_SHA = re.compile(r"[0-9a-f]{40}")
_KINDS = frozenset({"blob", "tree", "raw", "edit"})


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
        parts = urlsplit(plain_text(text, where=where))
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
        text = plain_text(relative, where=where)
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


def _checked_path(path: str, *, where: str = "") -> str:
    try:
        return safe_relpath(path.rstrip("/"), where=where, allow_dot=True)
    except UnsafePath as error:
        raise BadScmUrl(error.message, hint=error.hint, where=where) from error
