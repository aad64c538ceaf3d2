"""The folders of one job, and the files through which steps talk to the runner."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.forge.workflows.globs import PatternInvalid, selects

MAX_SUMMARY_BYTES = 1024 * 1024
_MAX_HASHED_FILES = 10_000


@dataclass(frozen=True)
class Workspace:
    """Below `root`: home, temporary files, tools, and the checked-out repository."""

    root: Path
    name: str

    @classmethod
    def create(cls, root: Path, *, name: str) -> "Workspace":
        """Make the folders; what an earlier try left there is removed."""
        if root.exists():
            shutil.rmtree(root)
        made = cls(root, name)
        for folder in (made.home, made.temporary, made.tools, made.checkout, made.commands):
            folder.mkdir(parents=True)
        return made

    def remove(self) -> None:
        """Remove everything; a step may have taken away its own right to do so."""
        shutil.rmtree(self.root, onerror=_make_writable)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        return self.root / "temp"

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @property
    def commands(self) -> Path:
        return self.root / "commands"

    @property
    def checkout(self) -> Path:
        return self.root / "work" / self.name

    def command_files(self, number: int) -> dict[str, Path]:
        """Return new, empty files for one step, by the variables that name them."""
        files = {
            name: self.commands / f"{number}-{name.lower()}"
            for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        files["GITHUB_STATE"] = self.commands / f"{number}-github_state"
        for file in files.values():
            file.write_bytes(b"")
        return files

    def hash_files(self, patterns: Sequence[str]) -> str:
        """Return what `hashFiles()` does: SHA-256 over those of the files; "" without any."""
        digest = hashlib.sha256()
        count = 0
        try:
            for path in sorted(self._files()):
                if selects(patterns, path):
                    count += 1
                    content = (self.checkout / path).read_bytes()
                    digest.update(hashlib.sha256(content).digest())
        except (PatternInvalid, OSError):
            return ""
        return digest.hexdigest() if count else ""

    def _files(self) -> list[str]:
        found: list[str] = []
        for folder, folders, files in os.walk(self.checkout):
            folders[:] = [name for name in folders if name not in {".git", "node_modules"}]
            for name in files:
                path = Path(folder) / name
                if not path.is_symlink():
                    found.append(path.relative_to(self.checkout).as_posix())
                if len(found) >= _MAX_HASHED_FILES:
                    return found
        return found


def read_bounded(file: Path, most: int) -> str:
    """Return a file that a step wrote, at most so many bytes of it; a link is not followed."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(most + 1).decode(errors="replace").replace("\0", "")


def _make_writable(function: object, path: str, _error: object) -> None:
    folder = os.path.dirname(path)
    try:
        os.chmod(folder, 0o700)  # the job's own folder, about to be removed
        if os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    except OSError:
        # What cannot be removed now lies in the cache of a developer's machine; no job reads it.
        return
