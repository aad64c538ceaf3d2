"""
Reads sources from files of the portal's own machine: `file:` locations an operator has configured.

Only below the folders of FILE_LOCATION_ROOTS, and never through a symbolic link: every part of a
path is opened relative to the one before it, without following (reliability.md B6-B8).
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.core.safe_path import safe_relpath
from apps.integrations import readers
from apps.integrations.github import errors
from apps.integrations.github.results import Tree, TreeFile
from apps.integrations.scm import BadScmUrl


@dataclass(frozen=True)
class FileReader:
    """
    The reader of `file:` addresses; "file:///path", "file:/path" or "file:path".

    It reads below `roots` only; None means the folders of FILE_LOCATION_ROOTS.
    """

    key: str = "file"
    order: int = 20
    roots: tuple[str, ...] | None = None

    def handles(self, url: str) -> bool:
        """Tell whether an address is one of a file."""
        return url.startswith("file:")

    def read(self, url: str, *, etag: str = "") -> readers.ReadResult:
        """Return a file; see `readers.read`."""
        root, path = _located(url, self.roots)
        content = _content(root, path)
        sha = _blob_sha(content)
        if etag == sha:
            return readers.ReadResult(b"", url, etag=sha, sha=sha, not_modified=True)
        return readers.ReadResult(content, url, etag=sha, sha=sha)

    def list_tree(self, url: str) -> Tree:
        """Return the files below a folder; see `readers.list_tree`."""
        root, path = _located(url, self.roots)
        return _tree(root / path)

    def read_files(self, url: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Return files below a folder; see `readers.read_files`."""
        root, folder = _located(url, self.roots)
        wanted = [safe_relpath(path) for path in dict.fromkeys(paths)]
        found = {path: _content(root, f"{folder}/{path}".lstrip("/")) for path in wanted}
        readers.checked_sizes({path: len(data) for path, data in found.items()}, where=url)
        return found

    def search(self, url: str) -> list[str]:
        """Return the addresses that a pattern matches; see `readers.search`."""
        root, pattern = _located(url, self.roots)
        # Only the folder that the pattern names literally is walked.
        literal = re.split(r"[*?\[{!(]", pattern, maxsplit=1)[0].rpartition("/")[0]
        start = root / literal if literal else root
        paths = [f"{literal}/{file.path}".lstrip("/") for file in _tree(start).files]
        return [f"file:{root / path}" for path in readers.matching(paths, pattern)]


def _located(url: str, roots: tuple[str, ...] | None) -> tuple[Path, str]:
    """Return the root that holds a path, and the path below it."""
    text = url.removeprefix("file:")
    plain = "/" + text.lstrip("/") if text.startswith("/") else text
    path = Path(os.path.normpath(settings.BASE_DIR / plain))
    for root in settings.FILE_LOCATION_ROOTS if roots is None else roots:
        if path.is_relative_to(root):
            relative = path.relative_to(root).as_posix()
            return Path(root), safe_relpath(relative, where=url, allow_dot=True)
    raise BadScmUrl(
        f"{url[:200]!r} lies outside the folders that may be read.",
        hint="An operator names folders in FILE_LOCATION_ROOTS.",
    )


def _content(root: Path, path: str) -> bytes:
    folders, _, name = path.rpartition("/")
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders.split("/") if folders else ():
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(name, flags, dir_fd=handle), "rb") as file:
            details = os.fstat(file.fileno())
            if not stat.S_ISREG(details.st_mode):
                raise errors.NotFound(f"{root / path} is not a file.")
            readers.checked_sizes({path: details.st_size}, where=str(root / path))
            return file.read(readers.MAX_FILE_BYTES + 1)
    except OSError as error:
        raise errors.NotFound(f"{root / path} cannot be read: {error.strerror}.") from error
    finally:
        os.close(handle)


def _tree(folder: Path) -> Tree:
    if not folder.is_dir():
        raise errors.NotFound(f"There is no folder {folder}.")
    files: list[TreeFile] = []
    irregular: list[str] = []
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in [*sorted(names), *folders]:
            path = Path(place, name)
            details = path.lstat()
            relative = path.relative_to(folder).as_posix()
            if stat.S_ISREG(details.st_mode):
                mode = "100755" if details.st_mode & stat.S_IXUSR else "100644"
                files.append(TreeFile(relative, "", mode, details.st_size))
            elif not stat.S_ISDIR(details.st_mode):
                irregular.append(relative)
            if len(files) > readers.MAX_FILES:
                raise readers.SourceTooLarge(f"{folder} has more than {readers.MAX_FILES} files.")
    return Tree("", tuple(files), tuple(irregular))


def _blob_sha(content: bytes) -> str:
    """Return git's name of a blob, which is what other readers give as well."""
    prefix = b"blob %d\0" % len(content)
    return hashlib.sha1(prefix + content, usedforsecurity=False).hexdigest()
