"""The files of a run: an in-memory map of paths, never a folder (reliability.md 1.3, rule 1)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from apps.core.errors import UserFacingError
from apps.core.safe_path import safe_relpath

MAX_FILES = 2000
MAX_FILE_BYTES = 1 << 20
MAX_TOTAL_BYTES = 20 << 20


class WorkspaceLimitExceeded(UserFacingError):
    """The files of a run are too many or too large."""


@dataclass(frozen=True)
class File:
    """The content of a regular file and whether it may be executed."""

    data: bytes
    executable: bool = False


Files = dict[str, File]


@dataclass
class Workspace:
    """Every path is relative and safe; there are no links and no other special files."""

    files: Files = field(default_factory=dict)

    def put(self, path: str, file: File) -> None:
        """
        Write one file.

        :raises UnsafePath: if the path leaves the workspace
        :raises WorkspaceLimitExceeded: if it is too large, or one file too many
        """
        plain = safe_relpath(path)
        if len(file.data) > MAX_FILE_BYTES:
            raise WorkspaceLimitExceeded(
                f"The file is {len(file.data)} bytes long; a run's files may have 1 MB each.",
                where=plain,
            )
        before = self.files.get(plain)
        total = self.total_bytes + len(file.data) - (len(before.data) if before else 0)
        if total > MAX_TOTAL_BYTES:
            raise WorkspaceLimitExceeded("The files of a run may have 20 MB together.", where=plain)
        if before is None and len(self.files) >= MAX_FILES:
            raise WorkspaceLimitExceeded(f"A run may have {MAX_FILES} files at most.", where=plain)
        for parent in _parents(plain):
            if parent in self.files:
                raise WorkspaceLimitExceeded(f"{parent} is a file, not a folder.", where=plain)
        if before is None and any(known.startswith(f"{plain}/") for known in self.files):
            raise WorkspaceLimitExceeded("There is a folder of this name.", where=plain)
        self.files[plain] = file
        self._total = total

    def add(self, folder: str, files: Mapping[str, File], *, replace: bool = True) -> list[str]:
        """
        Write files below a folder ("" for the workspace itself) and return their paths.

        :raises UnsafePath: if the folder or a path leaves the workspace
        :raises WorkspaceLimitExceeded: if they are too many or too large
        """
        base = safe_relpath(folder, allow_dot=True)
        written = []
        for path in sorted(files):
            target = f"{base}/{path}" if base else path
            plain = safe_relpath(target)
            if not replace and plain in self.files:
                continue
            self.put(plain, files[path])
            written.append(plain)
        return written

    def below(self, folder: str) -> Files:
        """
        Return the files of a folder, with paths relative to it.

        :raises UnsafePath: if the folder leaves the workspace
        """
        base = safe_relpath(folder, allow_dot=True)
        if not base:
            return dict(self.files)
        start = f"{base}/"
        return {
            path.removeprefix(start): file
            for path, file in self.files.items()
            if path.startswith(start)
        }

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files that are there; others are ignored."""
        for path in paths:
            gone = self.files.pop(path, None)
            if gone is not None:
                self._total = self.total_bytes - len(gone.data)

    @property
    def total_bytes(self) -> int:
        """The size of all files."""
        if self._total < 0:
            self._total = sum(len(file.data) for file in self.files.values())
        return self._total

    def digest(self) -> str:
        """Return SHA-256 over every path, mode and content."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            file = self.files[path]
            content = hashlib.sha256(file.data).hexdigest()
            total.update(f"{path}\0{int(file.executable)}\0{content}\n".encode())
        return total.hexdigest()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.files))

    _total: int = field(default=-1, init=False, repr=False)


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")
    for length in range(1, len(parts)):
        yield "/".join(parts[:length])
