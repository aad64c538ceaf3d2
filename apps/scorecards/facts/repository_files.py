"""A repository's default branch as the parsers see it: one listing, and files read when needed."""

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

MAX_PATHS = 20_000
MAX_READ_BYTES = 200_000
MAX_READS = 60

# Not the component's own: vendored, generated, samples (scorecards.md section 3).
_SKIPPED = re.compile(
    r"(^|/)(vendor|node_modules|third_party|testdata|fixtures|examples|dist|gen|\.venv|\.git)/"
)


@dataclass
class RepositoryFiles:
    """
    The files of one component.

    `source_path` is the component's folder in a monorepo, "" for the whole repository. `fetch`
    returns a file's bytes, or None where it cannot be read; at most `MAX_READS` files are fetched.
    """

    full_name: str
    branch: str
    paths: tuple[str, ...]
    fetch: Callable[[str], bytes | None]
    source_path: str = ""
    truncated: bool = False
    vendored: tuple[str, ...] = ()
    _texts: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._all = set(self.paths)
        prefix = f"{self.source_path}/" if self.source_path else ""
        self._own = [
            path
            for path in self.paths
            if path.startswith(prefix)
            and not _SKIPPED.search(path)
            and not path.startswith(self.vendored)
        ]

    def of(self, source_path: str) -> "RepositoryFiles":
        """Return the same repository seen from one component; what was read is shared."""
        if source_path == self.source_path:
            return self
        return replace(self, source_path=source_path)

    @property
    def own(self) -> list[str]:
        """The component's files, without what is vendored, generated or a sample."""
        return self._own

    def has(self, path: str) -> bool:
        """Tell whether the repository has this file."""
        return path in self._all

    def matching(self, pattern: str, *, anywhere: bool = False) -> list[str]:
        """Return the component's paths (or all) that the regular expression matches in full."""
        expression = re.compile(pattern, re.IGNORECASE)
        return [
            path for path in (self.paths if anywhere else self._own) if expression.fullmatch(path)
        ]

    def first(self, candidates: Iterable[str]) -> str | None:
        """Return the first of these paths that exists, beside the component or at the root."""
        for candidate in candidates:
            own = posixpath.join(self.source_path, candidate)
            if own in self._all:
                return own
        return None

    def read(self, path: str) -> str | None:
        """Return a file's text, or None if it cannot be read, is too large or one too many."""
        if path not in self._texts:
            if path not in self._all or len(self._texts) >= MAX_READS:
                return None
            content = self.fetch(path)
            if content is None or len(content) > MAX_READ_BYTES:
                self._texts[path] = None
            else:
                self._texts[path] = content.decode("utf-8", errors="replace")
        return self._texts[path]


def vendored_prefixes(gitattributes: str) -> tuple[str, ...]:
    """Return the folders that `.gitattributes` marks as vendored or generated."""
    prefixes = []
    for line in gitattributes.splitlines()[:500]:
        pattern, _, attributes = line.strip().partition(" ")
        if re.search(r"(?<!-)linguist-(vendored|generated)(?!=false)", attributes):
            folder = pattern.lstrip("/").split("*")[0]
            if folder.endswith("/"):
                prefixes.append(folder)
    return tuple(prefixes)
