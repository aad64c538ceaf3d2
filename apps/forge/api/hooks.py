"""Hooks of repositories and organisations, and their deliveries."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Missing, invalid_field
from apps.forge.models import Account, Hook, HookDelivery
from apps.forge.services import access, hooks
from apps.forge.shapes import hooks as shapes
from apps.forge.shapes.accounts import organization, user
from apps.forge.shapes.events import common


def list_hooks(call: Call, org: str = "") -> list[dict[str, Any]]:
    found = _hooks(call, org).select_related("repository__owner", "organization")
    return [shapes.hook(hook) for hook in call.page(found.order_by("pk"))]


def create_hook(call: Call, org: str = "") -> Answer:
    of = _hooks_of(call, org)
    fields = call.fields("Hook")
    if fields.text("name", "web") != "web":
        raise invalid_field("Hook", "name", "invalid", 'name must be "web"')
    config = fields.object("config", required=True)
    _check_content_type(config)
    made = hooks.create(
        repository=None if of else call.repository,
        organization=of,
        url=config.text("url", required=True),
        events=list(fields.texts("events", ["push"])),
        secret=config.text("secret"),
        active=fields.flag("active", True),
        insecure_ssl=str(config.data.get("insecure_ssl", "0")) == "1",
    )
    _ping(call, made)
    return created(shapes.hook(made))


def get_hook(call: Call, id: int, org: str = "") -> dict[str, Any]:
    return shapes.hook(_hook(call, id, org))


def update_hook(call: Call, id: int, org: str = "") -> dict[str, Any]:
    hook = _hook(call, id, org)
    fields = call.fields("Hook")
    if config := fields.object("config"):
        _check_content_type(config)
        hook.url = hooks.check_url(config.text("url", hook.url))
        hook.insecure_ssl = str(config.data.get("insecure_ssl", "0")) == "1"
        # A config without a secret takes the secret away, as on GitHub.
        hook.secret = hooks.sealed(config.text("secret"))
    events = list(fields.texts("events", hook.events))
    events += [name for name in fields.texts("add_events", []) if name not in events]
    removed = fields.texts("remove_events", [])
    hook.events = hooks.check_events([name for name in events if name not in removed])
    hook.active = fields.flag("active", hook.active)
    hook.save()
    return shapes.hook(hook)


def delete_hook(call: Call, id: int, org: str = "") -> None:
    _hook(call, id, org).delete()


def ping_hook(call: Call, id: int, org: str = "") -> None:
    _ping(call, _hook(call, id, org))


def list_deliveries(call: Call, id: int, org: str = "") -> list[dict[str, Any]]:
    found = HookDelivery.objects.filter(hook=_hook(call, id, org)).order_by("-pk")
    size, _ = call.page_wanted()
    return [shapes.delivery_item(sent) for sent in found[:size]]


def get_delivery(call: Call, id: int, delivery: int, org: str = "") -> dict[str, Any]:
    return shapes.delivery(_delivery(call, id, delivery, org))


def redeliver(call: Call, id: int, delivery: int, org: str = "") -> Answer:
    known = _delivery(call, id, delivery, org)
    hooks.send(hook=known.hook, event=known.event, payload=known.payload, redelivery_of=known)
    return Answer({}, status=202)


def _hooks_of(call: Call, org: str) -> Account | None:
    if not org:
        call.need("admin", archived=call.request.method == "GET")
        return None
    owner = account_named(org, organization=True)
    if not access.administers(owner, call.caller):
        raise Missing
    return owner


def _hooks(call: Call, org: str) -> QuerySet[Hook]:
    owner = _hooks_of(call, org)
    if owner is not None:
        return Hook.objects.filter(organization=owner)
    return Hook.objects.filter(repository=call.repository)


def _hook(call: Call, id: int, org: str) -> Hook:
    found = _hooks(call, org).select_related("repository__owner", "organization")
    hook = found.filter(pk=id).first()
    if hook is None:
        raise Missing
    return hook


def _delivery(call: Call, id: int, delivery: int, org: str) -> HookDelivery:
    hook = _hook(call, id, org)
    known = HookDelivery.objects.filter(hook=hook, pk=delivery).select_related("hook").first()
    if known is None:
        raise Missing
    return known


def _check_content_type(config: Fields) -> None:
    if config.text("content_type", "json") != "json":
        message = 'The forge sends JSON only: set "content_type" to "json".'
        raise invalid_field("Hook", "content_type", "invalid", message)


def _ping(call: Call, hook: Hook) -> None:
    body: dict[str, Any] = {
        "zen": "Keep it logically awesome.",
        "hook_id": hook.pk,
        "hook": shapes.hook(hook),
    }
    if hook.repository:
        body |= common(hook.repository, call.caller)
    elif hook.organization:
        body |= {"organization": organization(hook.organization), "sender": user(call.caller)}
    hooks.send(hook=hook, event="ping", payload=body)


urlpatterns = [
    address
    for of in ("repos/<owner>/<repo>/hooks", "orgs/<org>/hooks")
    for address in (
        path(of, methods(GET=list_hooks, POST=create_hook)),
        path(f"{of}/<int:id>", methods(GET=get_hook, PATCH=update_hook, DELETE=delete_hook)),
        path(f"{of}/<int:id>/pings", methods(POST=ping_hook)),
        path(f"{of}/<int:id>/deliveries", methods(GET=list_deliveries)),
        path(f"{of}/<int:id>/deliveries/<int:delivery>", methods(GET=get_delivery)),
        path(f"{of}/<int:id>/deliveries/<int:delivery>/attempts", methods(POST=redeliver)),
    )
]
