"""
What every tab of the entity page shares: the entity, its header and its tabs.

A tab of another app loads the entity with `load`, and renders a template that extends
`catalog/entity_base.html` with `context(...)`; its block is `tab`.
"""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from apps.accounts.permissions import Actor, Permission, Target, can, require
from apps.accounts.selectors import actor_for
from apps.catalog import selectors
from apps.catalog.domain.records import EntityDetail
from apps.catalog.domain.ref import EntityRef
from apps.catalog.extensions import entity_tabs
from apps.core.http import PortalRequest


def load(request: PortalRequest, namespace: str, kind: str, name: str) -> EntityDetail:
    """
    Return the entity of an address.

    :raises NotFound: if there is none, or the person may not know of it
    """
    return selectors.get_entity(actor_of(request), EntityRef(kind, namespace, name))


def actor_of(request: PortalRequest) -> Actor:
    """
    Return who asks; they may read the catalog.

    :raises Forbidden: if they may not
    """
    known: Actor | None = getattr(request, "_catalog_actor", None)
    if known is not None:
        return known
    actor = actor_for(request.user)
    require(actor, Permission.CATALOG_READ)
    # A page with many cards asks many times; the groups of a person are read once.
    request._catalog_actor = actor  # type: ignore[attr-defined]  # one request long
    return actor


def target_of(entity: EntityDetail) -> Target:
    """Return an entity as a target of permissions."""
    owners = frozenset({entity.owner_ref} if entity.owner_ref else ())
    return Target(
        kind="entity", name=entity.ref, owner_refs=owners, restricted=entity.is_restricted
    )


def arguments(entity: EntityDetail) -> list[str]:
    """Return the parts of an entity's address, for `reverse`."""
    return [entity.namespace, entity.kind.lower(), entity.name]


def context(request: PortalRequest, entity: EntityDetail, tab: str) -> dict[str, Any]:
    """Return what `catalog/entity_base.html` needs; `tab` is the key of the open one."""
    actor = actor_of(request)
    refs = [ref for ref in (entity.owner_ref, entity.system_ref) if ref]
    return {
        "entity": entity,
        "titles": selectors.titles_of(actor, refs) if refs else {},
        "tabs": [
            {
                "key": item.key,
                "label": item.label,
                "url": reverse(item.url_name, args=arguments(entity)),
                "count": item.count(entity) if item.count else None,
            }
            for item in entity_tabs
            if item.applies_to(entity)
        ],
        "tab": tab,
        "is_starred": entity.ref in request.user.starred,
        "may_refresh": can(actor, Permission.ENTITY_REFRESH, target_of(entity)),
        "problems": selectors.errors_of(actor, entity.ref)
        if entity.error_count or entity.warning_count
        else [],
        "navigation_key": {"api": "apis", "group": "teams", "user": "teams"}.get(
            entity.kind.lower(), "catalog"
        ),
        "same_kind_url": f"{reverse('catalog:entity_list')}?{urlencode({'kind': entity.kind})}",
    }
