"""Protection of a branch: read, set, remove, and its parts."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.routing import methods
from apps.forge.errors import Invalid, Missing
from apps.forge.models import BranchProtection
from apps.forge.shapes import protection as shapes


def get_protection(call: Call, branch: str) -> dict[str, Any]:
    return shapes.protection(_known(call, branch))


def set_protection(call: Call, branch: str) -> dict[str, Any]:
    call.need("admin")
    if call.git.ref(f"refs/heads/{branch}") is None:
        raise Missing("Branch not found")
    fields = call.fields("ProtectedBranch")
    # Four fields must be there, be it as null; the documentation says so and GitHub insists.
    demanded = (
        "required_status_checks",
        "enforce_admins",
        "required_pull_request_reviews",
        "restrictions",
    )
    missing = [name for name in demanded if name not in fields]
    if missing:
        names = "\n".join(f'"{name}" wasn\'t supplied.' for name in missing)
        raise Invalid(f"Invalid request.\n\n{names}")
    checks = fields.object("required_status_checks")
    reviews = fields.object("required_pull_request_reviews")
    restrictions = fields.object("restrictions")
    known, _ = BranchProtection.objects.update_or_create(
        repository=call.repository,
        branch=branch,
        defaults={
            "required_status_checks": _status_checks(checks) if checks else None,
            "required_reviews": _reviews(reviews) if reviews else None,
            "restrictions": _restrictions(restrictions) if restrictions else None,
            "enforce_admins": fields.flag("enforce_admins"),
            "switches": {name: fields.flag(name) for name in shapes.SWITCHES if fields.flag(name)},
        },
    )
    return shapes.protection(known)


def delete_protection(call: Call, branch: str) -> None:
    call.need("admin")
    _known(call, branch).delete()


def get_status_checks(call: Call, branch: str) -> dict[str, Any]:
    known = _known(call, branch)
    if known.required_status_checks is None:
        raise Missing("Required status checks not enabled")
    return shapes.status_checks(known)


def set_status_checks(call: Call, branch: str) -> dict[str, Any]:
    call.need("admin")
    known = _known(call, branch)
    fields = call.fields("ProtectedBranch")
    before = known.required_status_checks or {"strict": False, "contexts": []}
    after = _status_checks(fields)
    known.required_status_checks = {
        "strict": fields.flag("strict", before["strict"]),
        "contexts": after["contexts"]
        if "contexts" in fields or "checks" in fields
        else before["contexts"],
    }
    known.save()
    return shapes.status_checks(known)


def delete_status_checks(call: Call, branch: str) -> None:
    call.need("admin")
    known = _known(call, branch)
    known.required_status_checks = None
    known.save()


def get_reviews(call: Call, branch: str) -> dict[str, Any]:
    known = _known(call, branch)
    if known.required_reviews is None:
        raise Missing("Pull request reviews not enabled")
    return shapes.reviews(known)


def set_reviews(call: Call, branch: str) -> dict[str, Any]:
    call.need("admin")
    known = _known(call, branch)
    sent = call.fields("ProtectedBranch")
    known.required_reviews = {**_reviews(Fields("", known.required_reviews or {})), **_sent(sent)}
    known.save()
    return shapes.reviews(known)


def delete_reviews(call: Call, branch: str) -> None:
    call.need("admin")
    known = _known(call, branch)
    known.required_reviews = None
    known.save()


def get_enforce_admins(call: Call, branch: str) -> dict[str, Any]:
    return shapes.enforce_admins(_known(call, branch))


def set_enforce_admins(call: Call, branch: str) -> dict[str, Any] | None:
    call.need("admin")
    known = _known(call, branch)
    known.enforce_admins = call.request.method == "POST"
    known.save()
    return shapes.enforce_admins(known) if known.enforce_admins else None


def _known(call: Call, branch: str) -> BranchProtection:
    # What protects a branch is for those who may change the repository.
    call.need("push", archived=True)
    if call.git.ref(f"refs/heads/{branch}") is None:
        raise Missing("Branch not found")
    known = (
        BranchProtection.objects.select_related("repository__owner")
        .filter(repository=call.repository, branch=branch)
        .first()
    )
    if known is None:
        raise Missing("Branch not protected")
    return known


def _status_checks(fields: Fields) -> dict[str, Any]:
    names = list(fields.texts("contexts", [], most=100))
    names += [check.text("context", required=True) for check in fields.objects("checks", most=100)]
    return {"strict": fields.flag("strict"), "contexts": list(dict.fromkeys(names))}


def _reviews(fields: Fields) -> dict[str, Any]:
    return {
        "dismiss_stale_reviews": fields.flag("dismiss_stale_reviews"),
        "require_code_owner_reviews": fields.flag("require_code_owner_reviews"),
        "require_last_push_approval": fields.flag("require_last_push_approval"),
        "required_approving_review_count": fields.number("required_approving_review_count", 1),
    }


def _sent(fields: Fields) -> dict[str, Any]:
    return {name: value for name, value in _reviews(fields).items() if name in fields}


def _restrictions(fields: Fields) -> dict[str, list[str]]:
    return {name: list(fields.texts(name, [], most=100)) for name in ("users", "teams", "apps")}


_protection = "repos/<owner>/<repo>/branches/<path:branch>/protection"
urlpatterns = [
    path(
        _protection,
        methods(GET=get_protection, PUT=set_protection, DELETE=delete_protection),
    ),
    path(
        f"{_protection}/required_status_checks",
        methods(GET=get_status_checks, PATCH=set_status_checks, DELETE=delete_status_checks),
    ),
    path(
        f"{_protection}/required_pull_request_reviews",
        methods(GET=get_reviews, PATCH=set_reviews, DELETE=delete_reviews),
    ),
    path(
        f"{_protection}/enforce_admins",
        methods(GET=get_enforce_admins, POST=set_enforce_admins, DELETE=set_enforce_admins),
    ),
]
