"""Files of a repository: read, write and remove one; list a folder."""

import base64
import binascii
from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.people import signature
from apps.forge.api.routing import Answer, methods
from apps.forge.errors import Conflict, Invalid, Missing
from apps.forge.git.objects import Commit, TreeEntry
from apps.forge.git.trees import MalformedPath, check_path
from apps.forge.services import writing
from apps.forge.shapes import commits as shapes

_READMES = ("readme.md", "readme", "readme.rst", "readme.txt", "readme.markdown")


def get_contents(call: Call, path: str = "") -> Any:
    commit, branch = _commit_asked(call)
    plain = path.strip("/")
    if not plain:
        return _directory(call, branch, call.git.tree(commit), "")
    try:
        check_path(plain)
    except MalformedPath as error:
        raise Missing from error
    entry = call.git.entry(commit, plain)
    if entry is None:
        raise Missing
    if entry.type == "tree":
        return _directory(call, branch, call.git.tree(entry.sha), plain)
    return _file(call, branch, entry)


def put_contents(call: Call, path: str) -> Answer:
    call.need("push")
    fields = call.fields("Commit")
    message = fields.text("message", required=True)
    content = decoded(fields.text("content", required=True))
    plain = _checked(path)
    branch, parent = _branch_to_write(call, fields)
    known = call.git.entry(parent.sha, plain) if parent else None
    _expect(plain, known, fields.text("sha"))
    commit = _write(call, fields, branch, parent, {plain: content}, message, known)
    entry = call.git.entry(commit.sha, plain)
    assert entry is not None  # noqa: S101  # it was written a moment ago
    body = {
        "content": shapes.contents_entry(call.repository, branch, entry),
        "commit": shapes.git_commit(call.repository, commit),
    }
    return Answer(body, status=200 if known else 201)


def delete_contents(call: Call, path: str) -> dict[str, Any]:
    call.need("push")
    fields = call.fields("Commit")
    # The clients that send no body with DELETE send the parameters in the address.
    fields = Fields("Commit", {**call.query, **fields.data})
    message, sha = fields.text("message", required=True), fields.text("sha", required=True)
    plain = _checked(path)
    branch, parent = _branch_to_write(call, fields)
    known = call.git.entry(parent.sha, plain) if parent else None
    if known is None or known.type != "blob":
        raise Missing
    _expect(plain, known, sha)
    commit = _write(call, fields, branch, parent, {plain: None}, message, known)
    return {"content": None, "commit": shapes.git_commit(call.repository, commit)}


def get_readme(call: Call) -> Any:
    commit, branch = _commit_asked(call)
    names = {entry.path.lower(): entry for entry in call.git.tree(commit) if entry.type == "blob"}
    found = next((names[name] for name in _READMES if name in names), None)
    if found is None:
        raise Missing
    return _file(call, branch, found)


def decoded(text: str) -> bytes:
    """
    Return what Base64 says; clients break its lines.

    :raises apps.forge.errors.Invalid: if it is none
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("content is not valid Base64") from error


def _commit_asked(call: Call) -> tuple[str, str]:
    branch = call.query.get("ref") or call.repository.default_branch
    commit = call.git.resolve(branch.removeprefix("refs/heads/"))
    if commit is None:
        if call.git.is_empty():
            raise Missing("This repository is empty.")
        raise Missing(f"No commit found for the ref {branch}")
    return commit, branch


def _directory(
    call: Call, branch: str, entries: list[TreeEntry], below: str
) -> list[dict[str, Any]]:
    prefix = f"{below}/" if below else ""
    return [
        shapes.contents_entry(
            call.repository,
            branch,
            TreeEntry(prefix + entry.path, entry.mode, entry.type, entry.sha, entry.size),
        )
        for entry in entries[:1000]
    ]


def _file(call: Call, branch: str, entry: TreeEntry) -> Any:
    blob = call.git.read(entry.sha, type="blob")
    if blob is None:
        raise Missing
    if call.accepts("raw"):
        return Answer(raw=blob.content, content_type="application/vnd.github.raw; charset=utf-8")
    return shapes.contents_file(call.repository, branch, entry, blob.content)


def _checked(path: str) -> str:
    try:
        return check_path(path)
    except MalformedPath as error:
        raise Invalid("path contains a malformed path component") from error


def _branch_to_write(call: Call, fields: Fields) -> tuple[str, Commit | None]:
    branch = fields.text("branch", call.repository.default_branch)
    branch = branch.removeprefix("refs/heads/")
    ref = call.git.ref(f"refs/heads/{branch}")
    if ref is not None:
        return branch, call.git.commit(ref.sha)
    if call.git.is_empty():
        return branch, None
    raise Missing(f"Branch {branch} not found")


def _expect(path: str, known: TreeEntry | None, sha: str) -> None:
    if known is not None and known.type != "blob":
        raise Invalid(f"{path} is not a file")
    if known is None and sha:
        raise Conflict(f"{path} does not match {sha}")
    if known is not None and not sha:
        raise Invalid('Invalid request.\n\n"sha" wasn\'t supplied.')
    if known is not None and known.sha != sha:
        raise Conflict(f"{path} does not match {sha}")


def _write(
    call: Call,
    fields: Fields,
    branch: str,
    parent: Commit | None,
    files: dict[str, bytes | None],
    message: str,
    known: TreeEntry | None,
) -> Commit:
    own = writing.signature_of(call.caller)
    committer = signature(fields.object("committer"), own)
    return writing.commit_files(
        repository=call.repository,
        git=call.git,
        branch=branch,
        parent=parent,
        files=files,
        message=message,
        author=signature(fields.object("author"), committer),
        committer=committer,
        sender=call.caller,
        modes=dict.fromkeys(files, known.mode) if known else None,
    )


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path(f"{_repository}/contents", methods(GET=get_contents)),
    path(f"{_repository}/contents/", methods(GET=get_contents)),
    path(
        f"{_repository}/contents/<path:path>",
        methods(GET=get_contents, PUT=put_contents, DELETE=delete_contents),
    ),
    path(f"{_repository}/readme", methods(GET=get_readme)),
]
