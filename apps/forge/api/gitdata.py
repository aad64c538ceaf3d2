"""Git data: blobs and commits."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.contents import decoded
from apps.forge.api.people import signature
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid, Missing, empty_repository
from apps.forge.git.objects import Commit, GitObject
from apps.forge.services import writing
from apps.forge.shapes import commits as shapes


def need_content(call: Call) -> None:
    """
    Refuse git data of a repository that nothing was ever pushed to, as GitHub does.

    :raises apps.forge.errors.Conflict: if it is empty
    """
    if call.git.is_empty():
        raise empty_repository()


def get_blob(call: Call, sha: str) -> Any:
    need_content(call)
    blob = call.git.read(sha, type="blob")
    if blob is None:
        raise Missing
    if call.accepts("raw"):
        return Answer(raw=blob.content, content_type="application/vnd.github.raw; charset=utf-8")
    return shapes.blob(call.repository, sha, blob)


def create_blob(call: Call) -> Answer:
    call.need("push")
    need_content(call)
    fields = call.fields("Blob")
    text = fields.text("content", required=True, longest=100_000_000)
    encoding = fields.choice("encoding", ("utf-8", "base64"), "utf-8")
    content = decoded(text) if encoding == "base64" else text.encode()
    [sha] = call.git.write([GitObject("blob", content)])
    return created({"url": f"{call.repository.api_url}/git/blobs/{sha}", "sha": sha})


def get_commit(call: Call, sha: str) -> dict[str, Any]:
    need_content(call)
    commit = call.git.commit(sha)
    if commit is None:
        raise Missing
    return shapes.git_commit(call.repository, commit)


def create_commit(call: Call) -> Answer:
    call.need("push")
    need_content(call)
    fields = call.fields("Commit")
    message = fields.text("message", required=True)
    tree = fields.text("tree", required=True)
    parents = fields.texts("parents", [], most=16)
    types = call.git.types([tree, *parents])
    if types.get(tree) != "tree":
        raise Invalid("Tree SHA does not exist")
    if any(types.get(parent) != "commit" for parent in parents):
        raise Invalid("Parent SHA does not exist or is not a commit object")
    # Without a person, author and committer are the caller; with one, both are that person.
    author = signature(fields.object("author"), writing.signature_of(call.caller))
    made = Commit(
        tree=tree,
        parents=tuple(parents),
        author=author,
        committer=signature(fields.object("committer"), author),
        message=message,
    ).as_object()
    call.git.write([made])
    return created(shapes.git_commit(call.repository, Commit.parse(made.sha, made.content)))


_git = "repos/<owner>/<repo>/git"
urlpatterns = [
    path(f"{_git}/blobs", methods(POST=create_blob)),
    path(f"{_git}/blobs/<sha>", methods(GET=get_blob)),
    path(f"{_git}/commits", methods(POST=create_commit)),
    path(f"{_git}/commits/<sha>", methods(GET=get_commit)),
]
