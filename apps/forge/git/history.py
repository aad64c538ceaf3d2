"""Which commits lead where, and which files they changed."""

import re
from dataclasses import dataclass

from apps.forge.git.objects import EMPTY_TREE, SHA, Commit
from apps.forge.git.process import GitError
from apps.forge.git.repository import GitRepository

MAX_FILES = 300
MAX_PATCH_BYTES = 20_000
_STATUSES = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed"}


@dataclass(frozen=True)
class ChangedFile:
    """A file that differs between two trees."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str
    previous_path: str = ""


def log(
    git: GitRepository,
    tip: str,
    *,
    without: str = "",
    path: str = "",
    skip: int = 0,
    most: int = 30,
    filters: tuple[str, ...] = (),
) -> list[Commit]:
    """Return commits that lead to `tip` (a SHA) and not to `without`, newest first."""
    revisions = [tip, *([f"^{without}"] if without else [])]
    window = [f"--skip={skip}", f"--max-count={most}"]
    # A path of the caller is a path: no wildcards, no magic.
    listed = git.run(
        "--literal-pathspecs",
        "rev-list",
        *window,
        *filters,
        *revisions,
        "--",
        *([path] * bool(path)),
    )
    return git.commits(listed.decode().split())


def count(git: GitRepository, tip: str, *, without: str = "", path: str = "") -> int:
    """Return how many commits lead to `tip` and not to `without`."""
    revisions = [tip, *([f"^{without}"] if without else [])]
    paths = [path] if path else []
    return int(git.run("--literal-pathspecs", "rev-list", "--count", *revisions, "--", *paths))


def merge_base(git: GitRepository, one: str, other: str) -> str | None:
    """Return the commit two histories have last in common, or None."""
    found = git.run("merge-base", one, other, accept=(0, 1)).decode().strip()
    return found if SHA.fullmatch(found) else None


def is_ancestor(git: GitRepository, older: str, newer: str) -> bool:
    """Tell whether `older` leads to `newer`; an unknown commit leads nowhere."""
    try:
        return merge_base(git, older, newer) == older
    except GitError:
        return False


def changed_paths(git: GitRepository, commits: list[Commit]) -> dict[str, dict[str, list[str]]]:
    """Return added, removed and modified paths of each commit against its first parent."""
    if not commits:
        return {}
    asked = "".join(f"{commit.sha}\n" for commit in commits).encode()
    output = git.run(
        "diff-tree", "--stdin", "-r", "--root", "-m", "--first-parent", "--name-status",
        "--no-renames", "-z", stdin=asked,
    )  # fmt: skip
    files: dict[str, dict[str, list[str]]] = {}
    words = iter(output.decode(errors="replace").split("\0"))
    sha = ""
    for word in words:
        word = word.strip("\n")
        if SHA.fullmatch(word):
            sha = word
        elif word in _STATUSES:
            kind = {"A": "added", "D": "removed"}.get(word, "modified")
            files.setdefault(sha, {}).setdefault(kind, []).append(next(words))
    return files


def changed_files(git: GitRepository, old: str, new: str) -> list[ChangedFile]:
    """Return the files that differ between two commits or trees, with bounded patches."""
    raw = git.run("diff-tree", "-r", "-M", "-z", "--raw", "--numstat", old or EMPTY_TREE, new)
    lines, counts = _raw_and_counts(raw.decode(errors="replace"))
    patches = _patches(git, old or EMPTY_TREE, new)
    files = []
    for status, sha, path, previous in lines[:MAX_FILES]:
        additions, deletions = counts.get(path, (0, 0))
        files.append(
            ChangedFile(
                path=path,
                status=_STATUSES.get(status, "changed"),
                sha=sha,
                additions=additions,
                deletions=deletions,
                patch=patches.get(path, ""),
                previous_path=previous,
            )
        )
    return files


def _raw_and_counts(
    text: str,
) -> tuple[list[tuple[str, str, str, str]], dict[str, tuple[int, int]]]:
    lines: list[tuple[str, str, str, str]] = []
    counts: dict[str, tuple[int, int]] = {}
    words = iter(text.split("\0"))
    for word in words:
        if word.startswith(":"):
            _, _, before, after, status = word[1:].split(" ")
            path, previous = next(words), ""
            if status[0] in "RC":
                previous, path = path, next(words)
            lines.append((status[0], before if status[0] == "D" else after, path, previous))
        elif match := re.fullmatch(r"(-|\d+)\t(-|\d+)\t(.*)", word, re.DOTALL):
            path = match[3] or (next(words), next(words))[1]
            counts[path] = (_count(match[1]), _count(match[2]))
    return lines, counts


def _patches(git: GitRepository, old: str, new: str) -> dict[str, str]:
    text = git.run("diff-tree", "-r", "-M", "-p", "--no-color", old, new).decode(errors="replace")
    patches = {}
    for part in re.split(r"^diff --git ", text, flags=re.MULTILINE)[1:]:
        head, mark, hunks = part.partition("\n@@ ")
        names = re.search(r"^\+\+\+ b/(.*?)\t?$", head, re.MULTILINE) or re.search(
            r"^--- a/(.*?)\t?$", head, re.MULTILINE
        )
        if mark and names:
            patches[names[1]] = ("@@ " + hunks)[:MAX_PATCH_BYTES].rstrip("\n")
    return patches


def _count(text: str) -> int:
    return 0 if text == "-" else int(text)
