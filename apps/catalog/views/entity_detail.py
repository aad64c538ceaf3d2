"""The page of an entity: overview, relations, source; and what one can do there."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import preferences
from apps.accounts.permissions import Permission, require
from apps.catalog import entity_page, graph_data, selectors, services
from apps.catalog.domain.ref import EntityRef
from apps.catalog.extensions import entity_cards
from apps.catalog.links import is_safe
from apps.core.http import PortalRequest, wants_fragment


@require_GET
def entity_detail(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Show what an entity is, who owns it, what surrounds it and how it fares."""
    entity = entity_page.load(request, namespace, kind, name)
    rendered = [(card.column, card.render(request, entity)) for card in entity_cards]
    context = entity_page.context(request, entity, "overview") | {
        "main": [html for column, html in rendered if html and column == "main"],
        "aside": [html for column, html in rendered if html and column == "aside"],
        "has_graph": any("<entity-graph" in html for _, html in rendered if html),
    }
    return render(request, "catalog/entity_detail.html", context)


@require_GET
def entity_relations(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """List everything an entity is related to, both ways."""
    entity = entity_page.load(request, namespace, kind, name)
    relations = selectors.relations_of(entity_page.actor_of(request), entity)
    context = entity_page.context(request, entity, "relations") | {
        "relations": [(graph_data.label(type), others) for type, others in relations.items()]
    }
    return render(request, "catalog/entity_relations.html", context)


@require_GET
def entity_source(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Show the entity as the API serves it, and the files that claim its name."""
    entity = entity_page.load(request, namespace, kind, name)
    documents = selectors.source_documents(entity_page.actor_of(request), entity.ref)
    for document in documents:
        document["address"] = document["url"] if is_safe(document["url"]) else ""
    context = entity_page.context(request, entity, "source") | {
        "json": json.dumps(entity.data, indent=2, ensure_ascii=False),
        "documents": documents,
    }
    return render(request, "catalog/entity_source.html", context)


@require_POST
def entity_star(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Give the entity a star, or take it away."""
    entity = entity_page.load(request, namespace, kind, name)
    starred = request.POST.get("starred") == "1"
    preferences.set_starred(user=request.user, ref=entity.ref, starred=starred)
    if wants_fragment(request):
        context = {"entity": entity, "is_starred": starred}
        return render(request, "catalog/_star.html", context)
    return redirect(_address(entity.ref))


@require_POST
def entity_refresh(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Have the entity's location read again soon."""
    entity = entity_page.load(request, namespace, kind, name)
    actor = entity_page.actor_of(request)
    require(actor, Permission.ENTITY_REFRESH, entity_page.target_of(entity))
    services.request_refresh(actor=actor, ref=EntityRef.parse(entity.ref), now=timezone.now())
    messages.success(request, "It is being read again; this takes a few seconds.")
    return redirect(_address(entity.ref))


def _address(ref: str) -> str:
    return EntityRef.parse(ref).path
