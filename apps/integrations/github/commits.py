"""
Writing files as one commit, the same commit for the same input.

Author, committer, dates and message are given by the caller, and git names a commit by its content:
repeating the call gives the same SHA, so a lost answer is found again by comparing SHAs. Text
travels inside the tree, other bytes as blobs.

GitHub's git data API refuses an empty repository (409 "Git Repository is empty."). There, one file
is written with the contents API first, and the branch is then moved to the real, parentless commit;
the placeholder is left unreachable, so the SHA is the same as without this detour.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.core.safe_path import safe_relpath
from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.git_data import GitDataCalls
from apps.integrations.github.results import CommitResult, File

# One request stays below GitHub's limits for a body.
_TREE_BYTES = 4 * 1024 * 1024
_PLACEHOLDER = ".placeholder"
_PLACEHOLDER_MESSAGE = "Prepare the repository"
# What GitHub itself writes with auto_init.
_INITIAL_MESSAGES = frozenset({_PLACEHOLDER_MESSAGE, "Initial commit"})
_INITIAL_FILES = frozenset({_PLACEHOLDER, "README.md", ".gitignore", "LICENSE"})


class CommitCalls(GitDataCalls):
    """Commits made of files."""

    def commit_files(
        self,
        full_name: str,
        *,
        branch: str,
        files: Mapping[str, File],
        message: str,
        author_name: str,
        author_email: str,
        at: datetime,
        parent: str | None,
        deletions: Sequence[str] = (),
    ) -> CommitResult:
        """
        Write files to a branch as one commit, and return it.

        `parent` is the commit the branch must name now; None starts the branch with a commit that
        has no parent, which works on an empty repository and on one that only holds what GitHub
        put there at its creation. The branch is created if `parent` is given and it is missing.
        Repeating the call after a lost answer returns the same commit.

        :raises Conflict: if the branch names another commit, also one by a stranger
        :raises UnsafePath: if a path leaves the repository or means git's own folder
        """
        scm.check_ref(branch)
        person = {"name": author_name, "email": author_email, "date": _git_date(at)}
        paths = {safe_relpath(path): file for path, file in files.items()}
        entries = [_entry(path, file) for path, file in sorted(paths.items())]
        gone = [safe_relpath(path) for path in sorted(deletions)]
        try:
            tree = self._write_tree(full_name, entries, gone, parent)
        except errors.Conflict:
            if parent is not None:
                raise
            self._fill_empty(full_name, branch, person)
            tree = self._write_tree(full_name, entries, gone, parent)
        body = {
            "message": message,
            "tree": tree,
            "parents": [parent] if parent else [],
            "author": person,
            "committer": person,
        }
        path = self._repo(full_name, "/git/commits")
        sha = self._change("POST", path, lambda data: str(data["sha"]), body)
        self._point(full_name, branch, sha, parent)
        return CommitResult(sha=sha, branch=branch)

    def _write_tree(
        self, full_name: str, entries: list[dict[str, Any]], gone: list[str], parent: str | None
    ) -> str:
        base = self.get_commit(full_name, parent).tree_sha if parent else ""
        path = self._repo(full_name, "/git/trees")
        ready = [self._with_blob(full_name, entry) for entry in entries]
        removals = [{"path": one, "mode": "100644", "type": "blob", "sha": None} for one in gone]
        for part in _portions([*removals, *ready]):
            body: dict[str, Any] = {"tree": part}
            if base:
                body["base_tree"] = base
            base = self._change("POST", path, lambda data: str(data["sha"]), body)
        return base

    def _with_blob(self, full_name: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Return an entry with its bytes written as a blob, where they are no text."""
        content = entry["content"]
        if not isinstance(content, bytes):
            return entry
        rest = {key: value for key, value in entry.items() if key != "content"}
        return rest | {"sha": self._write_blob(full_name, content)}

    def _write_blob(self, full_name: str, content: bytes) -> str:
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        path = self._repo(full_name, "/git/blobs")
        return self._change("POST", path, lambda data: str(data["sha"]), body)

    def _fill_empty(self, full_name: str, branch: str, person: dict[str, str]) -> None:
        """Give an empty repository its first commit, so that the git data API accepts it."""
        body = {
            "message": _PLACEHOLDER_MESSAGE,
            "content": "",
            "branch": branch,
            "author": person,
            "committer": person,
        }
        path = self._repo(full_name, f"/contents/{_PLACEHOLDER}")
        self._change("PUT", path, lambda data: str(data["commit"]["sha"]), body)

    def _point(self, full_name: str, branch: str, sha: str, parent: str | None) -> None:
        """Make the branch name the commit, unless it names somebody else's."""
        try:
            now = self.get_ref(full_name, branch).sha
        except (errors.NotFound, errors.Conflict):
            try:
                self.create_ref(full_name, branch, sha)
                return
            except errors.AlreadyExists:
                now = self.get_ref(full_name, branch).sha
        if now == sha:
            return
        if parent is not None and now == parent:
            self._move(full_name, branch, sha, force=False)
        elif parent is None and self._is_placeholder(full_name, now):
            self._move(full_name, branch, sha, force=True)
        else:
            raise errors.Conflict(
                f"The branch {branch} of {full_name} has moved to {now[:10]}.",
                hint="Somebody else has committed to it.",
            )

    def _move(self, full_name: str, branch: str, sha: str, *, force: bool) -> None:
        try:
            self.update_ref(full_name, branch, sha, force=force)
        except errors.ValidationFailed as error:
            raise errors.Conflict(
                f"The branch {branch} of {full_name} has moved.", hint=error.message
            ) from error

    def _is_placeholder(self, full_name: str, sha: str) -> bool:
        """Tell whether a commit is only what creating the repository left there."""
        commit = self.get_commit(full_name, sha)
        if commit.parents or commit.message.strip() not in _INITIAL_MESSAGES:
            return False
        tree = self.get_tree(full_name, sha)
        return {file.path for file in tree.files} <= _INITIAL_FILES and not tree.irregular


def _entry(path: str, file: File) -> dict[str, Any]:
    mode = "100755" if file.executable else "100644"
    content: str | bytes = file.content
    try:
        text = file.content.decode("utf-8")
        # JSON has no way to say NUL that every server takes.
        content = file.content if "\0" in text else text
    except UnicodeDecodeError:
        pass
    return {"path": path, "mode": mode, "type": "blob", "content": content}


def _portions(entries: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Split entries into lists that fit into one request each; at least one list."""
    portions: list[list[dict[str, Any]]] = [[]]
    size = 0
    for entry in entries:
        length = len(str(entry.get("content") or "")) + 200
        if portions[-1] and size + length > _TREE_BYTES:
            portions.append([])
            size = 0
        portions[-1].append(entry)
        size += length
    return portions


def _git_date(at: datetime) -> str:
    """Return a moment as GitHub takes it: UTC, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")
