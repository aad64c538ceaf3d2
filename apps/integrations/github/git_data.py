"""Calls that read and write git's own objects."""

import base64
from collections.abc import Callable
from typing import Any

from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.calls import Calls
from apps.integrations.github.results import (
    Commit,
    FileContent,
    Ref,
    Tree,
    TreeFile,
)

_REGULAR = frozenset({"100644", "100755"})
# The base of a tree listing: what a repository of the portal may hold at most.
MAX_TREE_FILES = 50_000


class GitDataCalls(Calls):
    """docs.github.com/rest/git and /rest/repos/contents."""

    def get_ref(self, full_name: str, branch: str) -> Ref:
        """
        Return a branch with the commit it names.

        :raises NotFound: if there is no such branch
        :raises Conflict: if the repository is empty
        """
        branch = scm.check_ref(branch)
        path = self._repo(full_name, f"/git/ref/heads/{self._part(branch, slashes=True)}")
        return self._get(path, Ref.read)

    def create_ref(self, full_name: str, branch: str, sha: str) -> Ref:
        """
        Create a branch at a commit.

        :raises AlreadyExists: if there is one of this name
        """
        body = {"ref": f"refs/heads/{scm.check_ref(branch)}", "sha": sha}
        return self._change("POST", self._repo(full_name, "/git/refs"), Ref.read, body)

    def update_ref(self, full_name: str, branch: str, sha: str, *, force: bool = False) -> Ref:
        """
        Move a branch to a commit.

        :raises ValidationFailed: if that would drop commits and `force` is not set
        """
        branch = scm.check_ref(branch)
        path = self._repo(full_name, f"/git/refs/heads/{self._part(branch, slashes=True)}")
        return self._change("PATCH", path, Ref.read, {"sha": sha, "force": force})

    def delete_ref(self, full_name: str, branch: str) -> None:
        """Delete a branch."""
        branch = scm.check_ref(branch)
        self._send(
            "DELETE", self._repo(full_name, f"/git/refs/heads/{self._part(branch, slashes=True)}")
        )

    def get_commit(self, full_name: str, ref: str) -> Commit:
        """Return the commit that a SHA, branch or tag names."""
        part = self._part(scm.check_ref(ref), slashes=True)
        return self._get(self._repo(full_name, f"/commits/{part}"), Commit.read)

    def list_commits(
        self, full_name: str, *, ref: str = "", path: str = "", since: str = "", limit: int = 100
    ) -> list[Commit]:
        """Return commits, newest first; `since` is ISO 8601; [] for an empty repository."""
        try:
            return self._pages(
                self._repo(full_name, "/commits"),
                Commit.read,
                limit=limit,
                sha=ref,
                path=path,
                since=since,
            )
        except errors.Conflict:
            return []

    def get_tree(self, full_name: str, ref: str) -> Tree:
        """
        Return every file of a commit, branch or tag.

        :raises NotFound: if there is no such ref
        :raises Conflict: if the repository is empty
        """
        commit = self.get_commit(full_name, ref)
        read = _tree_reader(commit.sha)
        path = self._repo(full_name, f"/git/trees/{commit.tree_sha or commit.sha}")
        return self._get(path, read, recursive="1", immutable=True)

    def get_blob(self, full_name: str, sha: str) -> bytes:
        """Return the bytes of a blob."""
        path = self._repo(full_name, f"/git/blobs/{self._part(sha)}")
        return self._get(
            path, lambda data: _decoded(data["content"], data["encoding"]), immutable=True
        )

    def get_file(self, full_name: str, path: str, *, ref: str = "", etag: str = "") -> FileContent:
        """
        Return a file of a branch, tag or commit (the default branch without `ref`).

        With the ETag of an earlier answer, an unchanged file comes back `not_modified`.

        :raises NotFound: if there is no such file, or it is a folder, link or submodule
        """
        address = self._repo(full_name, f"/contents/{self._part(path, slashes=True)}")
        if ref:
            address = f"{address}?ref={self._part(scm.check_ref(ref))}"
        if etag:
            answer = self._ask(address, etag=etag)
            if answer.status == 304:
                return FileContent(path, "", b"", etag=etag, not_modified=True)
            self._check(answer, verb="GET", path=address)
        else:
            answer = self._read(address)
        read = self._file_reader(full_name, path, answer.headers.get("etag", ""))
        return self._understood(answer, read, changing=False)

    def list_folder(self, full_name: str, path: str = "", *, ref: str = "") -> list[str]:
        """Return the names in a folder; folders end with a slash."""
        rest = f"/contents/{self._part(path, slashes=True)}" if path else "/contents"

        def read(data: Any) -> list[str]:
            return [f"{item['name']}/" if item["type"] == "dir" else item["name"] for item in data]

        return self._get(self._repo(full_name, rest), read, ref=ref)

    def _file_reader(self, full_name: str, path: str, etag: str) -> Callable[[Any], FileContent]:
        def read(data: Any) -> FileContent:
            if not isinstance(data, dict) or data.get("type") != "file":
                raise errors.NotFound(f"{path} in {full_name} is not a file.")
            sha = str(data["sha"])
            if data.get("encoding") == "base64" and (data.get("content") or not data.get("size")):
                content = _decoded(str(data["content"]), "base64")
            else:
                # Above 1 MB the answer carries no content.
                content = self.get_blob(full_name, sha)
            return FileContent(path, sha, content, etag=etag)

        return read


def _decoded(content: str, encoding: str) -> bytes:
    return base64.b64decode(content) if encoding == "base64" else content.encode()


def _tree_reader(commit_sha: str) -> Callable[[Any], Tree]:
    def read(data: Any) -> Tree:
        files: list[TreeFile] = []
        irregular: list[str] = []
        for entry in data["tree"][:MAX_TREE_FILES]:
            if entry["type"] == "tree":
                continue
            path, mode = str(entry["path"]), str(entry["mode"])
            if entry["type"] == "blob" and mode in _REGULAR:
                size = int(entry.get("size") or 0)
                files.append(TreeFile(path=path, sha=str(entry["sha"]), mode=mode, size=size))
            else:
                irregular.append(path)
        truncated = bool(data.get("truncated")) or len(data["tree"]) > MAX_TREE_FILES
        return Tree(commit_sha, tuple(files), tuple(irregular), truncated)

    return read
