"""
Reading sources by address: `read`, `list_tree`, `read_files`, `search`.

Which reader serves an address is decided by `UrlReader.handles`. All raise the errors of
`integrations.github.errors` (NotFound, Unavailable, RateLimited, PermissionMissing, …) and
`scm.BadScmUrl` for addresses that nothing serves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wcmatch import glob

from apps.core.errors import UserFacingError
from apps.core.registry import Registry
from apps.integrations import scm
from apps.integrations.github.results import Tree, TreeFile

__all__ = ["ReadResult", "SourceTooLarge", "Tree", "TreeFile", "UrlReader", "url_readers"]

# reliability.md 1.3 rule 1: what one tree may hold at most, in files and bytes.
MAX_FILES = 2000
MAX_FILE_BYTES = 1024 * 1024
MAX_TOTAL_BYTES = 20 * 1024 * 1024
# As Backstage's minimatch: ** over folders, {a,b}, extended patterns; no match of dot files.
_GLOB = glob.GLOBSTAR | glob.BRACE | glob.EXTGLOB | glob.FORCEUNIX


class SourceTooLarge(UserFacingError):
    """A source has more or larger files than the portal takes."""

    status = 413


@dataclass(frozen=True)
class ReadResult:
    """
    A file; `sha` is git's name of its content, `etag` is for the next read.

    With `not_modified`, the content is empty: it is what the caller has.
    """

    content: bytes
    url: str
    etag: str = ""
    sha: str = ""
    not_modified: bool = False


@runtime_checkable
class UrlReader(Protocol):
    """Reads from one kind of place; paths of a tree are relative to the folder that was asked."""

    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...

    def handles(self, url: str) -> bool: ...

    def read(self, url: str, *, etag: str = "") -> ReadResult: ...

    def list_tree(self, url: str) -> Tree: ...

    def read_files(self, url: str, paths: Iterable[str]) -> dict[str, bytes]: ...

    def search(self, url: str) -> list[str]: ...


url_readers: Registry[UrlReader] = Registry("reader of sources")


def reader_for(url: str) -> UrlReader:
    """
    Return the reader that serves an address.

    :raises BadScmUrl: if none does
    """
    for reader in url_readers:
        if reader.handles(url):
            return reader
    raise scm.BadScmUrl(
        f"The portal reads nothing at {url[:200]!r}.",
        hint="Sources are read from the configured GitHub, and from files that an operator names.",
    )


def read(url: str, *, etag: str = "") -> ReadResult:
    """
    Return the file at an address; with the ETag of an earlier read, only if it has changed.

    :raises NotFound: if there is none
    :raises SourceTooLarge: above 1 MB
    """
    return reader_for(url).read(url, etag=etag)


def list_tree(url: str) -> Tree:
    """Return the files below a folder, with paths relative to it, at one commit."""
    return reader_for(url).list_tree(url)


def read_files(url: str, paths: Iterable[str]) -> dict[str, bytes]:
    """
    Return the content of files below a folder, by their path relative to it.

    :raises SourceTooLarge: above 2,000 files, 1 MB for one, 20 MB for all
    """
    return reader_for(url).read_files(url, paths)


def search(url: str) -> list[str]:
    """Return the addresses of the files that a pattern matches; the branch part is literal."""
    return reader_for(url).search(url)


def matching(paths: Iterable[str], pattern: str) -> list[str]:
    """Return the paths that a glob pattern matches, sorted."""
    return sorted(path for path in paths if glob.globmatch(path, pattern, flags=_GLOB))


def below(tree: Tree, folder: str) -> Tree:
    """Return the part of a tree that lies in a folder, with paths relative to it."""
    if not folder:
        return tree
    start = f"{folder.rstrip('/')}/"
    files = tuple(
        TreeFile(file.path.removeprefix(start), file.sha, file.mode, file.size)
        for file in tree.files
        if file.path.startswith(start)
    )
    irregular = tuple(path.removeprefix(start) for path in tree.irregular if path.startswith(start))
    return Tree(tree.commit_sha, files, irregular, tree.truncated)


def checked_sizes(sizes: Mapping[str, int], *, where: str) -> None:
    """
    Return if this many files of these sizes may be read.

    :raises SourceTooLarge: with the file or the sum that is too large
    """
    if len(sizes) > MAX_FILES:
        raise SourceTooLarge(f"There are {len(sizes)} files; {MAX_FILES} may be read.", where=where)
    for path, size in sizes.items():
        if size > MAX_FILE_BYTES:
            raise SourceTooLarge(f"{path} has {size} bytes; a file may have 1 MB.", where=where)
    if sum(sizes.values()) > MAX_TOTAL_BYTES:
        raise SourceTooLarge("The files have more than 20 MB together.", where=where)
