"""Hooks: where events are sent."""

from typing import Any
from urllib.parse import urlsplit

from apps.core.queue import enqueue
from apps.core.secrets import encrypt
from apps.forge.errors import Invalid, invalid_field
from apps.forge.models import Account, Hook, HookDelivery, Repository

EVENTS = frozenset(
    {
        "*", "branch_protection_rule", "check_run", "check_suite", "create", "delete",
        "deployment", "deployment_status", "issue_comment", "issues", "member", "membership",
        "meta", "organization", "ping", "public", "pull_request", "pull_request_review", "push",
        "release", "repository", "status", "team", "team_add", "workflow_dispatch",
        "workflow_job", "workflow_run",
    }
)  # fmt: skip
MAX_HOOKS = 20


def check_url(url: str) -> str:
    """
    Return the address of a hook if events can be sent there.

    :raises apps.forge.errors.Invalid: if it is no http or https address
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() or ord(char) < 32 for char in url) or len(url) > 2000:
        raise invalid_field("Hook", "url", "invalid", "url must be an http or https address")
    return url


def check_events(events: list[str]) -> list[str]:
    """
    Return the names of events, each once.

    :raises apps.forge.errors.Invalid: if one is unknown
    """
    for name in events:
        if name not in EVENTS:
            raise invalid_field("Hook", "events", "invalid", value=name)
    return list(dict.fromkeys(events))


def create(
    *,
    repository: Repository | None,
    organization: Account | None,
    url: str,
    events: list[str],
    secret: str,
    active: bool,
    insecure_ssl: bool,
) -> Hook:
    """
    Add a hook and ping it.

    :raises apps.forge.errors.Invalid: if the same address is there already, or there are too many
    """
    of = Hook.objects.filter(repository=repository, organization=organization)
    if any(hook.url == url and set(hook.events) & set(events) for hook in of):
        message = "Hook already exists on this repository"
        raise Invalid(
            "Validation Failed",
            errors=[{"resource": "Hook", "code": "custom", "message": message}],
        )
    if of.count() >= MAX_HOOKS:
        message = f'The "{(events or ["push"])[0]}" event cannot have more than {MAX_HOOKS} hooks'
        raise Invalid(
            "Validation Failed",
            errors=[{"resource": "Hook", "code": "custom", "message": message}],
        )
    return Hook.objects.create(
        repository=repository,
        organization=organization,
        url=check_url(url),
        events=check_events(events or ["push"]),
        secret=sealed(secret),
        active=active,
        insecure_ssl=insecure_ssl,
    )


def sealed(secret: str) -> str:
    """Return a secret as it is stored; empty for none."""
    return encrypt(secret, context="forge-hook") if secret else ""


def send(
    *, hook: Hook, event: str, payload: dict[str, Any], redelivery_of: HookDelivery | None = None
) -> HookDelivery:
    """Send one event to one hook; a redelivery keeps the GUID, as GitHub's does."""
    delivery = HookDelivery(hook=hook, repository=hook.repository, event=event, payload=payload)
    delivery.action = str(payload.get("action", ""))
    if redelivery_of is not None:
        delivery.guid, delivery.redelivery = redelivery_of.guid, True
    delivery.save()
    enqueue("forge.deliver_hook", delivery_id=delivery.pk)
    return delivery
