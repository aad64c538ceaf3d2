"""Building trees: a base tree with files added, changed and removed."""

from dataclasses import dataclass

from apps.forge.git.objects import GitObject, TreeEntry, tree_object
from apps.forge.git.repository import GitRepository

MAX_PATH_BYTES = 4096
MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


class MalformedPath(ValueError):
    """A path that no tree may hold."""


@dataclass(frozen=True)
class Change:
    """A path gets another object, or disappears (`sha` None)."""

    path: str
    sha: str | None
    mode: str = "100644"

    @property
    def type(self) -> str:
        return MODES[self.mode]


@dataclass(frozen=True)
class BuiltTree:
    """The name of the root and the trees to store for it."""

    sha: str
    objects: list[GitObject]


def check_path(path: str) -> str:
    """
    Return a path if a tree may hold it; git's own check (fsck) knows the rarer spellings of .git.

    :raises MalformedPath: if it is absolute, empty, leaves its folder or enters .git
    """
    parts = path.split("/")
    bad = any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts)
    if bad or "\0" in path or len(path.encode(errors="replace")) > MAX_PATH_BYTES:
        raise MalformedPath(path)
    return path


def build(git: GitRepository, base: str | None, changes: list[Change]) -> BuiltTree:
    """
    Return the tree that `base` (a tree by SHA) becomes with the changes; nothing is stored yet.

    Only the folders on the way to a change are read and made anew.

    :raises MalformedPath: if a path cannot be in a tree
    :raises KeyError: if a path to remove is not there
    """
    root = _Folder(git, base)
    for change in changes:
        root.apply(check_path(change.path).split("/"), change)
    objects: list[GitObject] = []
    sha = root.store(objects)
    return BuiltTree(sha=sha, objects=objects)


class _Folder:
    """A folder being changed; its stored entries are read when first needed."""

    def __init__(self, git: GitRepository, sha: str | None) -> None:
        self._git = git
        self._sha = sha
        self._entries: dict[str, TreeEntry] | None = None
        self._changed: dict[str, _Folder] = {}

    def apply(self, parts: list[str], change: Change) -> None:
        entries = self._read()
        name, *rest = parts
        if rest:
            self._below(name, missing_ok=change.sha is not None).apply(rest, change)
            return
        self._changed.pop(name, None)
        if change.sha is None:
            del entries[name]
        else:
            entries[name] = TreeEntry(name, change.mode, change.type, change.sha)

    def store(self, objects: list[GitObject]) -> str:
        if self._entries is None and self._sha is not None:
            return self._sha
        entries = self._read()
        for name, folder in self._changed.items():
            if folder._is_empty():
                entries.pop(name, None)
            else:
                entries[name] = TreeEntry(name, "040000", "tree", folder.store(objects))
        made = tree_object(entries.values())
        objects.append(made)
        return made.sha

    def _below(self, name: str, *, missing_ok: bool) -> "_Folder":
        folder = self._changed.get(name)
        if folder is None:
            entry = self._read().get(name)
            if entry is None and not missing_ok:
                raise KeyError(name)
            known = entry.sha if entry and entry.type == "tree" else None
            folder = self._changed[name] = _Folder(self._git, known)
        return folder

    def _is_empty(self) -> bool:
        # Git keeps no empty folders, so those whose last file went go too.
        entries = self._read()
        return all(
            name in self._changed and self._changed[name]._is_empty() for name in entries
        ) and all(folder._is_empty() for folder in self._changed.values())

    def _read(self) -> dict[str, TreeEntry]:
        if self._entries is None:
            found = self._git.tree(self._sha) if self._sha else []
            self._entries = {entry.path: entry for entry in found}
        return self._entries
