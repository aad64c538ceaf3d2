"""Merging two branches file by file; needs nothing newer of git than `merge-file`."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from apps.forge.git.objects import EMPTY_TREE, GitObject, TreeEntry
from apps.forge.git.process import GitError
from apps.forge.git.repository import GitRepository
from apps.forge.git.trees import Change, build

Files = dict[str, TreeEntry]


@dataclass
class MergedTree:
    """The tree of a merge, what must be stored for it, and the paths nobody could merge."""

    sha: str = ""
    objects: list[GitObject] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def merge_trees(git: GitRepository, *, base: str | None, ours: str, theirs: str) -> MergedTree:
    """Return what the changes from `base` to `theirs` make of `ours` (all trees by SHA)."""
    before = _files(git, base or EMPTY_TREE) if base else {}
    mine, other = _files(git, ours), _files(git, theirs)
    merged = MergedTree()
    changes: list[Change] = []
    for path in sorted(before.keys() | other.keys()):
        old, new, own = before.get(path), other.get(path), mine.get(path)
        if _same(old, new) or _same(own, new):
            continue
        if _same(old, own):
            changes.append(Change(path, new.sha if new else None, new.mode if new else "100644"))
            continue
        content = _merge_file(git, old, own, new) if own and new else None
        if content is None or own is None:
            merged.conflicts.append(path)
            continue
        blob = GitObject("blob", content)
        merged.objects.append(blob)
        changes.append(Change(path, blob.sha, own.mode))
    if not merged.conflicts:
        # Removals first, so that a file may become a folder.
        built = build(git, ours, sorted(changes, key=lambda change: change.sha is not None))
        merged.sha = built.sha
        merged.objects += built.objects
    return merged


def _files(git: GitRepository, tree: str) -> Files:
    entries = git.tree(tree, recursive=True)
    return {entry.path: entry for entry in entries if entry.type != "tree"}


def _same(one: TreeEntry | None, other: TreeEntry | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.sha, one.mode) == (other.sha, other.mode)


def _merge_file(
    git: GitRepository, old: TreeEntry | None, own: TreeEntry, new: TreeEntry
) -> bytes | None:
    sides = [own, old, new]
    if any(side and side.mode not in {"100644", "100755"} for side in sides):
        return None
    shas = [side.sha for side in sides if side]
    contents = {sha: item.content for sha, item in git.read_many(shas) if item}
    if any(b"\0" in content[:8000] for content in contents.values()):
        return None
    with tempfile.TemporaryDirectory(prefix="forge-merge-") as folder:
        names = []
        for name, side in zip(("ours", "base", "theirs"), sides, strict=True):
            file = Path(folder) / name
            file.write_bytes(contents[side.sha] if side else b"")
            names.append(str(file))
        try:
            return git.run("merge-file", "-p", "-q", *names)
        except GitError:
            # The exit code is the number of conflicts.
            return None
