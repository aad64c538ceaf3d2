"""Git data: refs."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.gitdata import need_content
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid, Missing
from apps.forge.git import history
from apps.forge.git.objects import SHA, ZERO
from apps.forge.git.repository import Ref, RefConflict, is_ref_name
from apps.forge.services import protection, pushes
from apps.forge.shapes import commits as shapes

_WRITABLE = ("refs/heads/", "refs/tags/")


def get_ref(call: Call, ref: str) -> dict[str, Any]:
    need_content(call)
    return shapes.ref(call.repository, _existing(call, ref, Missing()))


def list_matching(call: Call, ref: str = "") -> list[dict[str, Any]]:
    prefix = f"refs/{ref}"
    if ref and not is_ref_name(prefix.rstrip("/")):
        return []
    # for-each-ref matches whole parts; GitHub matches any beginning.
    folder = prefix.rpartition("/")[0] + "/"
    found = [item for item in call.git.refs(folder) if item.name.startswith(prefix)]
    return [shapes.ref(call.repository, item) for item in call.page(found)]


def create_ref(call: Call) -> Answer:
    call.need("push")
    need_content(call)
    fields = call.fields("Reference")
    name, sha = fields.text("ref", required=True), fields.text("sha", required=True)
    if not name.startswith("refs/") or name.count("/") < 2 or not is_ref_name(name):
        raise Invalid(f"{name[:100]} is not a valid ref name.")
    _check_writable(name)
    kind = _object_type(call, sha)
    if call.git.ref(name) is not None:
        raise Invalid("Reference already exists")
    _move(call, name, before=ZERO, after=sha, error="Reference already exists")
    return created(shapes.ref(call.repository, Ref(name, sha, kind)))


def update_ref(call: Call, ref: str) -> dict[str, Any]:
    call.need("push")
    need_content(call)
    fields = call.fields("Reference")
    sha, force = fields.text("sha", required=True), fields.flag("force")
    known = _existing(call, ref, Invalid("Reference does not exist"))
    _check_writable(known.name)
    kind = _object_type(call, sha)
    forced = not history.is_ancestor(call.git, known.sha, sha)
    if forced and not force:
        raise Invalid("Update is not a fast forward")
    protection.check_update(
        repository=call.repository, ref=known.name, after=sha, forced=forced, by=call.caller
    )
    _move(call, known.name, before=known.sha, after=sha, error="Reference cannot be updated")
    return shapes.ref(call.repository, Ref(known.name, sha, kind))


def delete_ref(call: Call, ref: str) -> None:
    call.need("push")
    need_content(call)
    known = _existing(call, ref, Invalid("Reference does not exist"))
    _check_writable(known.name)
    if known.name == f"refs/heads/{call.repository.default_branch}":
        raise Invalid("Cannot delete the default branch")
    protection.check_update(
        repository=call.repository, ref=known.name, after=ZERO, forced=False, by=call.caller
    )
    _move(call, known.name, before=known.sha, after=ZERO, error="Reference cannot be deleted")


def _existing(call: Call, ref: str, otherwise: Exception) -> Ref:
    found = call.git.ref(f"refs/{ref}")
    if found is None:
        raise otherwise
    return found


def _check_writable(name: str) -> None:
    if not name.startswith(_WRITABLE):
        raise Invalid(f"{name} cannot be changed: only refs/heads and refs/tags can.")


def _object_type(call: Call, sha: str) -> str:
    kind = call.git.types([sha]).get(sha) if SHA.fullmatch(sha) else None
    if kind is None:
        raise Invalid("Object does not exist")
    if kind not in {"commit", "tag"}:
        raise Invalid("Object is not a commit")
    return kind


def _move(call: Call, name: str, *, before: str, after: str, error: str) -> None:
    try:
        call.git.update_ref(name, after, old=before)
    except RefConflict as conflict:
        raise Invalid(error) from conflict
    pushes.ref_moved(
        repository=call.repository, ref=name, before=before, after=after, sender=call.caller
    )


_git = "repos/<owner>/<repo>/git"
urlpatterns = [
    path(f"{_git}/refs", methods(POST=create_ref)),
    path(f"{_git}/ref/<path:ref>", methods(GET=get_ref)),
    path(f"{_git}/refs/<path:ref>", methods(GET=get_ref, PATCH=update_ref, DELETE=delete_ref)),
    path(f"{_git}/matching-refs/", methods(GET=list_matching)),
    path(f"{_git}/matching-refs/<path:ref>", methods(GET=list_matching)),
]
