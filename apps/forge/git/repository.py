"""A bare git repository: what it holds, read and written object by object."""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.forge.git import process
from apps.forge.git.objects import SHA, ZERO, Commit, GitObject, TreeEntry, pack

# git-check-ref-format(1), for names that come from outside; git checks again when it writes.
_REF_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-/.]|[/.]$|^@$"
)
MAX_REF_BYTES = 250


class RefConflict(Exception):
    """A ref is not where the caller thought it was, or stands in the way of another."""


@dataclass(frozen=True)
class Ref:
    """A full ref name and the object it names."""

    name: str
    sha: str
    type: str


def is_ref_name(name: str) -> bool:
    """Tell whether this may name a branch or a full ref."""
    return bool(name) and len(name.encode()) <= MAX_REF_BYTES and not _REF_FORBIDDEN.search(name)


class GitRepository:
    """The repository in `folder`; nothing is kept in memory between calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, *, default_branch: str) -> "GitRepository":
        """Make an empty one; what an aborted creation left in its place is removed first."""
        if folder.exists():
            shutil.rmtree(folder)
        for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (folder / part).mkdir(parents=True)
        repository = cls(folder)
        (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        repository.set_default_branch(default_branch)
        return repository

    def delete(self) -> None:
        """Remove it from disk."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def set_default_branch(self, branch: str) -> None:
        """Let HEAD name this branch, whether it exists or not."""
        if not is_ref_name(branch):
            raise process.GitError(f"{branch!r} cannot name a branch")
        head = self.folder / "HEAD"
        made = head.with_name("HEAD.new")
        made.write_text(f"ref: refs/heads/{branch}\n")
        made.replace(head)

    def run(self, *arguments: str, stdin: bytes = b"", accept: tuple[int, ...] = (0,)) -> bytes:
        """
        Run git on this repository.

        :raises apps.forge.git.process.GitError: with git's own words
        """
        return process.run(self.folder, *arguments, stdin=stdin, accept=accept)

    # --- refs ---

    def refs(self, *prefixes: str) -> list[Ref]:
        """Return the refs below these prefixes ("refs/heads/"), all of them by default."""
        form = "--format=%(refname)%00%(objectname)%00%(objecttype)"
        lines = self.run("for-each-ref", form, *prefixes).decode().splitlines()
        return [Ref(*line.split("\0")) for line in lines]

    def branches(self) -> dict[str, str]:
        """Return the branches with the commits they end at."""
        return {ref.name.removeprefix("refs/heads/"): ref.sha for ref in self.refs("refs/heads/")}

    def ref(self, name: str) -> Ref | None:
        """Return one ref by its full name."""
        if not is_ref_name(name):
            return None
        return next((ref for ref in self.refs(name) if ref.name == name), None)

    def is_empty(self) -> bool:
        """Tell whether nothing was ever pushed."""
        form = "--format=%(refname)"
        return not self.run("for-each-ref", "--count=1", form)

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch, a tag or a SHA names, or None."""
        if not is_ref_name(revision) or "@" in revision:
            return None
        names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if revision.startswith("refs/"):
            names = [revision]
        elif re.fullmatch(r"[0-9a-f]{4,40}", revision):
            names.append(revision)
        elif revision == "HEAD":
            names = ["HEAD"]
        asked = "".join(f"{name}^{{commit}}\n" for name in names)
        answer = self.run("cat-file", "--batch-check=%(objectname)", stdin=asked.encode())
        found = (line for line in answer.decode().splitlines() if SHA.fullmatch(line))
        return next(found, None)

    def update_ref(self, name: str, new: str, *, old: str = "") -> None:
        """
        Let a ref name another object; zeros as `new` delete it, as `old` demand that it is new.

        :raises RefConflict: if it is not at `old`, or its name collides with another ref
        """
        if not is_ref_name(name) or not name.startswith("refs/"):
            raise RefConflict(f"{name!r} is not a valid ref name")
        verb = ["delete", name, old] if new == ZERO else ["update", name, new, old]
        try:
            self.run("update-ref", "-z", "--stdin", stdin=_ref_command(verb))
        except process.GitError as error:
            raise RefConflict(str(error)) from error

    # --- objects ---

    def read_many(self, shas: Iterable[str]) -> Iterator[tuple[str, GitObject | None]]:
        """Return objects by name in the order asked for, None for those that are missing."""
        asked = [sha for sha in shas if SHA.fullmatch(sha)]
        if not asked:
            return
        output = self.run("cat-file", "--batch", stdin="\n".join(asked).encode() + b"\n")
        at = 0
        for sha in asked:
            end = output.index(b"\n", at)
            fields = output[at:end].decode().split(" ")
            at = end + 1
            if fields[1] == "missing":
                yield sha, None
                continue
            size = int(fields[2])
            yield sha, GitObject(fields[1], output[at : at + size])
            at += size + 1

    def read(self, sha: str, *, type: str = "") -> GitObject | None:
        """Return one object, or None if it is missing or of another type."""
        found = next((item for _, item in self.read_many([sha])), None)
        return found if found and type in ("", found.type) else None

    def types(self, shas: Iterable[str]) -> dict[str, str]:
        """Return the type of each object that exists."""
        asked = [sha for sha in set(shas) if SHA.fullmatch(sha)]
        if not asked:
            return {}
        form = "--batch-check=%(objectname) %(objecttype)"
        answer = self.run("cat-file", form, stdin="\n".join(asked).encode() + b"\n").decode()
        pairs = (line.split(" ", 1) for line in answer.splitlines())
        return {sha: kind for sha, kind in pairs if kind != "missing"}

    def write(self, objects: Iterable[GitObject]) -> list[str]:
        """
        Store objects and return their names; git checks each and what it refers to.

        :raises apps.forge.git.process.GitError: if one is malformed or refers to a missing object
        """
        made = list(objects)
        if made:
            self.run("unpack-objects", "-q", "--strict", stdin=pack(made))
        return [item.sha for item in made]

    def commit(self, sha: str) -> Commit | None:
        """Return a commit, or None."""
        return next(iter(self.commits([sha])), None)

    def commits(self, shas: Iterable[str]) -> list[Commit]:
        """Return those of the named objects that are commits, in the order given."""
        return [
            Commit.parse(sha, item.content)
            for sha, item in self.read_many(shas)
            if item is not None and item.type == "commit"
        ]

    def tree(self, treeish: str, *, recursive: bool = False) -> list[TreeEntry]:
        """Return what a tree or commit (by SHA) holds; recursively with the folders themselves."""
        flags = ("-r", "-t") if recursive else ()
        return self._list_tree("ls-tree", "-z", "-l", *flags, treeish)

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """Return the file or folder at a path of a commit, or None."""
        found = self._list_tree(
            "--literal-pathspecs", "ls-tree", "-z", "-l", commit, "--", path.rstrip("/")
        )
        return found[0] if found else None

    def file(self, commit: str, path: str) -> bytes | None:
        """Return the content of the file at a path of a commit, or None."""
        entry = self.entry(commit, path)
        blob = self.read(entry.sha, type="blob") if entry else None
        return blob.content if blob else None

    def _list_tree(self, *arguments: str) -> list[TreeEntry]:
        entries = []
        for line in self.run(*arguments).split(b"\0"):
            head, tab, path = line.partition(b"\t")
            if tab:
                mode, kind, sha, size = head.decode().split()
                entries.append(
                    TreeEntry(
                        path=path.decode(errors="replace"),
                        mode=mode,
                        type=kind,
                        sha=sha,
                        size=None if size == "-" else int(size),
                    )
                )
        return entries


def _ref_command(words: list[str]) -> bytes:
    verb, name, *values = words
    return f"{verb} {name}\0".encode() + b"".join(value.encode() + b"\0" for value in values)
