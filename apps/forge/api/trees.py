"""Git data: trees."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.gitdata import need_content
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid, Missing
from apps.forge.git.objects import SHA, GitObject
from apps.forge.git.trees import MODES, Change, MalformedPath, build
from apps.forge.shapes import commits as shapes

# GitHub cuts a recursive listing here and says so.
MAX_ENTRIES = 100_000


def get_tree(call: Call, sha: str) -> dict[str, Any]:
    need_content(call)
    found = _tree_sha(call, sha)
    # Any value of the parameter asks for all levels, even 0.
    entries = call.git.tree(found, recursive="recursive" in call.query)
    cut = entries[:MAX_ENTRIES]
    return shapes.tree(call.repository, found, cut, truncated=len(cut) < len(entries))


def create_tree(call: Call) -> Answer:
    call.need("push")
    need_content(call)
    fields = call.fields("Tree")
    sent = fields.objects("tree", required=True)
    base = fields.text("base_tree")
    if base:
        try:
            base = _tree_sha(call, base)
        except Missing as error:
            raise Invalid("base_tree is not a valid tree oid") from error
    if not sent:
        raise Invalid("Invalid tree info")
    changes, blobs = _changes(call, sent)
    try:
        built = build(call.git, base or None, changes)
    except MalformedPath as error:
        raise Invalid("tree.path contains a malformed path component") from error
    except KeyError as error:
        raise Invalid("GitRPC::BadObjectState") from error
    call.git.write([*blobs, *built.objects])
    entries = call.git.tree(built.sha)
    return created(shapes.tree(call.repository, built.sha, entries))


def _changes(call: Call, sent: list[Fields]) -> tuple[list[Change], list[GitObject]]:
    changes, blobs = [], []
    for item in sent:
        path = item.text("path", required=True)
        mode = item.text("mode", "100644")
        if mode not in MODES:
            raise Invalid(f"tree.mode {mode[:20]!r} is not supported; use one of {list(MODES)}")
        if "content" in item and item.text("content", None) is not None:
            blob = GitObject("blob", item.text("content", longest=100_000_000).encode())
            blobs.append(blob)
            changes.append(Change(path, blob.sha, mode))
        elif "sha" in item:
            changes.append(Change(path, item.text("sha", None), mode))
        else:
            raise Invalid("Must supply either tree.sha or tree.content")
    _check_objects(call, changes, {blob.sha for blob in blobs})
    return changes, blobs


def _check_objects(call: Call, changes: list[Change], new: set[str]) -> None:
    named = [
        change for change in changes if change.sha and change.sha not in new
        and change.type != "commit"
    ]  # fmt: skip
    types = call.git.types(change.sha for change in named if change.sha)
    for change in changes:
        if change.sha is not None and not SHA.fullmatch(change.sha):
            raise Invalid(f"tree.sha {change.sha[:50]} is not a valid sha")
    for change in named:
        if types.get(change.sha or "") != change.type:
            raise Invalid(f"tree.sha {change.sha} is not a valid {change.type}")


def _tree_sha(call: Call, revision: str) -> str:
    if SHA.fullmatch(revision):
        kind = call.git.types([revision]).get(revision)
        if kind == "tree":
            return revision
    commit = call.git.resolve(revision)
    found = call.git.commit(commit) if commit else None
    if found is None:
        raise Missing
    return found.tree


_git = "repos/<owner>/<repo>/git"
urlpatterns = [
    path(f"{_git}/trees", methods(POST=create_tree)),
    path(f"{_git}/trees/<path:sha>", methods(GET=get_tree)),
]
