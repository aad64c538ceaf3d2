"""What workflows of a repository may do."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.routing import methods
from apps.forge.errors import Invalid
from apps.forge.models import ActionsSettings


def get_permissions(call: Call) -> dict[str, Any]:
    call.need("admin", archived=True)
    found = ActionsSettings.of(call.repository)
    body: dict[str, Any] = {"enabled": found.enabled}
    if found.enabled:
        body |= {
            "allowed_actions": found.allowed_actions,
            "sha_pinning_required": found.sha_pinning_required,
        }
    return body


def set_permissions(call: Call) -> None:
    call.need("admin")
    fields = call.fields("ActionsPermissions")
    if "enabled" not in fields:
        raise Invalid('Invalid request.\n\n"enabled" wasn\'t supplied.')
    found = ActionsSettings.of(call.repository)
    found.enabled = fields.flag("enabled", True)
    found.allowed_actions = fields.choice(
        "allowed_actions", ("all", "local_only", "selected"), found.allowed_actions
    )
    found.sha_pinning_required = fields.flag("sha_pinning_required", found.sha_pinning_required)
    found.save()


def get_workflow_permissions(call: Call) -> dict[str, Any]:
    call.need("admin", archived=True)
    found = ActionsSettings.of(call.repository)
    return {
        "default_workflow_permissions": found.default_workflow_permissions,
        "can_approve_pull_request_reviews": found.can_approve_pull_request_reviews,
    }


def set_workflow_permissions(call: Call) -> None:
    call.need("admin")
    fields = call.fields("ActionsPermissions")
    found = ActionsSettings.of(call.repository)
    found.default_workflow_permissions = fields.choice(
        "default_workflow_permissions", ("read", "write"), found.default_workflow_permissions
    )
    found.can_approve_pull_request_reviews = fields.flag(
        "can_approve_pull_request_reviews", found.can_approve_pull_request_reviews
    )
    found.save()


def get_access(call: Call) -> dict[str, Any]:
    call.need("admin", archived=True)
    return {"access_level": "none"}


_permissions = "repos/<owner>/<repo>/actions/permissions"
urlpatterns = [
    path(_permissions, methods(GET=get_permissions, PUT=set_permissions)),
    path(
        f"{_permissions}/workflow",
        methods(GET=get_workflow_permissions, PUT=set_workflow_permissions),
    ),
    path(f"{_permissions}/access", methods(GET=get_access)),
]
