"""Hooks and deliveries as GitHub writes them."""

from typing import Any

from apps.forge.models import Hook, HookDelivery
from apps.forge.shapes.text import api, moment


def hook(made: Hook) -> dict[str, Any]:
    """Return "hook" or "org-hook"; the secret is never told."""
    url = address(made)
    body: dict[str, Any] = {
        "type": "Repository" if made.repository else "Organization",
        "id": made.pk,
        "name": "web",
        "active": made.active,
        "events": made.events,
        "config": {
            "content_type": made.content_type,
            "insecure_ssl": "1" if made.insecure_ssl else "0",
            "url": made.url,
        },
        "updated_at": moment(made.updated_at),
        "created_at": moment(made.created_at),
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }
    if made.secret:
        body["config"]["secret"] = "********"  # noqa: S105  # what GitHub writes in its place
    if made.repository:
        body["test_url"] = f"{url}/test"
        last = made.deliveries.exclude(delivered_at=None).order_by("-pk").first()
        body["last_response"] = {
            "code": last.status_code if last else None,
            "status": _health(last),
            "message": last.status if last else None,
        }
    return body


def address(made: Hook) -> str:
    """Return the API address of a hook."""
    if made.repository:
        return f"{made.repository.api_url}/hooks/{made.pk}"
    assert made.organization is not None  # noqa: S101  # one of both is set, by constraint
    return api(f"/orgs/{made.organization.login}/hooks/{made.pk}")


def delivery_item(sent: HookDelivery) -> dict[str, Any]:
    """Return "hook-delivery-item"."""
    return {
        "id": sent.pk,
        "guid": str(sent.guid),
        "delivered_at": moment(sent.delivered_at or sent.created_at),
        "redelivery": sent.redelivery,
        "duration": sent.duration_seconds,
        "status": sent.status,
        "status_code": sent.status_code,
        "event": sent.event,
        "action": sent.action or None,
        "installation_id": None,
        "repository_id": sent.repository_id,
    }


def delivery(sent: HookDelivery) -> dict[str, Any]:
    """Return "hook-delivery"."""
    return delivery_item(sent) | {
        "url": sent.hook.url,
        "request": {"headers": sent.request_headers, "payload": sent.payload},
        "response": {"headers": sent.response_headers, "payload": sent.response_body},
    }


def _health(last: HookDelivery | None) -> str:
    if last is None:
        return "unused"
    return "active" if 200 <= last.status_code < 300 else "misconfigured"
