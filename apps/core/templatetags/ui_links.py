"""Links to entities and owners, by reference alone: no query."""

from collections.abc import Mapping
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.templatetags import ui_marks


def split_ref(ref: str) -> tuple[str, str, str]:
    """Return (kind, namespace, name) of `[kind:][namespace/]name`; the defaults are Backstage's."""
    kind, colon, rest = str(ref).partition(":")
    if not colon:
        kind, rest = "component", str(ref)
    namespace, slash, name = rest.partition("/")
    if not slash:
        namespace, name = "default", rest
    return kind.lower(), namespace, name


def entity_url(ref: str) -> str:
    """Return the address of an entity's page; also a filter: `{{ ref|entity_url }}`."""
    kind, namespace, name = (quote(part, safe="") for part in split_ref(ref))
    return f"/catalog/{namespace}/{kind}/{name}"


def get(values: Mapping[str, str], key: str) -> str:
    """Return a value by a key that a template has in a variable: `{{ titles|get:entity.ref }}`."""
    return values.get(key, "")


def entity_link(ref: str, title: str = "", icon: bool = True, type: str = "") -> SafeString:
    """{% entity_link "component:default/checkout-api" %}: icon and title, linked to its page."""
    if not ref:
        return format_html('<span class="dim">{}</span>', title or "–")
    kind, _, name = split_ref(ref)
    return format_html(
        '<a class="entity-link" href="{}" title="{}">{}'
        '<span class="entity-link__name">{}</span></a>',
        entity_url(ref),
        ref,
        ui_marks.icon(ui_marks.kind_icon_name(kind, type)) if icon else "",
        title or name,
    )


def owner(ref: str, title: str = "") -> SafeString:
    """{% owner entity.owner_ref %}: the face of a person or a team with a link."""
    if not ref:
        return format_html('<span class="badge" data-tone="warn">{}</span>', "no owner")
    kind, _, name = split_ref(ref)
    return format_html(
        '<a class="who" href="{}">{}<span class="who__name">{}</span></a>',
        entity_url(ref if ":" in ref else f"group:{ref}"),
        ui_marks.face(title or name, team=kind != "user"),
        title or name,
    )
