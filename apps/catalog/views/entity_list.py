"""The list of entities, and its export."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from apps.catalog import selectors
from apps.catalog.domain.query import EntityQuery
from apps.catalog.domain.records import EntitySummary
from apps.catalog.entity_page import actor_of
from apps.catalog.extensions import entity_columns
from apps.core.http import PortalRequest, wants_fragment
from apps.core.templatetags.ui_blocks import query_with

EXPORT_LIMIT = 10_000
EXPORT_COLUMNS = (
    "ref", "kind", "namespace", "name", "title", "description", "type", "lifecycle", "owner",
    "system", "tags", "errors", "updated_at",
)  # fmt: skip
OWNED_KINDS = frozenset({"Component", "API", "Resource", "System", "Domain"})
PLURALS = {
    "component": "Components",
    "api": "APIs",
    "resource": "Resources",
    "system": "Systems",
    "domain": "Domains",
    "group": "Teams",
    "user": "People",
    "template": "Golden paths",
    "location": "Locations",
}


@require_GET
@vary_on_headers("HX-Request")
def entity_list(request: PortalRequest) -> HttpResponse:
    """Show the entities that the address asks for; the bare address means components."""
    return _list_page(request, EntityQuery(kind=("Component",)))


@require_GET
@vary_on_headers("HX-Request")
def api_list(request: PortalRequest) -> HttpResponse:
    """Show the APIs."""
    return _list_page(request, EntityQuery(kind=("API",)), navigation_key="apis")


def _list_page(
    request: PortalRequest, default: EntityQuery, navigation_key: str = "catalog"
) -> HttpResponse:
    actor = actor_of(request)
    query = EntityQuery.from_parameters(request.GET) if request.GET else default
    found = selectors.list_entities(actor, query)
    refs = [entity.ref for entity in found.entities]
    columns = [(column, column.values(refs)) for column in entity_columns] if refs else []
    titles = selectors.titles_of(
        actor,
        (ref for entity in found.entities for ref in (entity.owner_ref, entity.system_ref) if ref),
    )
    context: dict[str, Any] = {
        "query": query,
        "found": found,
        "heading": _heading(query),
        "columns": [column for column, _ in columns],
        "rows": [
            {
                "entity": entity,
                "owner": titles.get(entity.owner_ref, ""),
                "system": titles.get(entity.system_ref, ""),
                "needs_owner": entity.kind in OWNED_KINDS,
                "cells": [values.get(entity.ref, "") for _, values in columns],
            }
            for entity in found.entities
        ],
        "sorted": query.sort or ("" if query.text else "name"),
        "tabs": _tabs(request, query),
        "tab": "mine" if query.mine else "starred" if query.starred else "all",
        "kept": {
            key: "1"
            for key, kept in (
                ("mine", query.mine),
                ("starred", query.starred),
                ("errors", query.with_errors),
            )
            if kept
        },
        "is_filtered": _is_filtered(query),
        "export": query_with(request.GET, {"page": None}) if request.GET else _default(query),
        "navigation_key": navigation_key,
        "form_address": request.path,
    }
    template = "catalog/entity_list.html"
    return render(request, f"{template}#results" if wants_fragment(request) else template, context)


def _heading(query: EntityQuery) -> str:
    if len(query.kind) == 1:
        return PLURALS.get(query.kind[0].lower(), query.kind[0])
    return "Everything"


def _default(query: EntityQuery) -> str:
    return f"?kind={query.kind[0]}"


def _tabs(request: PortalRequest, query: EntityQuery) -> list[dict[str, str]]:
    """All, mine and starred keep the other filters."""
    base = request.GET.copy()
    if not request.GET:
        base.setlist("kind", list(query.kind))
    wishes: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("all", "All", {}),
        ("mine", "Mine", {"mine": 1}),
        ("starred", "Starred", {"starred": 1}),
    )
    none: dict[str, object] = {"page": None, "mine": None, "starred": None}
    return [
        {"key": key, "label": label, "url": request.path + query_with(base, {**none, **wish})}
        for key, label, wish in wishes
    ]


def _is_filtered(query: EntityQuery) -> bool:
    return bool(
        query.text or query.mine or query.starred or query.with_errors
        or query.type or query.owner or query.lifecycle or query.system or query.tag
    )  # fmt: skip


@require_GET
def entity_export(request: PortalRequest, format: str) -> HttpResponseBase:
    """Send what the list with the same filters shows, all pages of it, as CSV or JSON."""
    actor = actor_of(request)
    query = replace(EntityQuery.from_parameters(request.GET), page=1, page_size=EXPORT_LIMIT)
    entities = selectors.list_entities(actor, query, with_facets=False).entities
    if format == "json":
        rows = [dict(zip(EXPORT_COLUMNS, _values(entity), strict=True)) for entity in entities]
        response: HttpResponseBase = JsonResponse({"items": rows, "count": len(rows)})
    else:
        response = StreamingHttpResponse(_csv(entities), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="catalog.{format}"'
    return response


def _csv(entities: Sequence[EntitySummary]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in [EXPORT_COLUMNS, *(map(_inert, _values(entity)) for entity in entities)]:
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _values(entity: EntitySummary) -> tuple[str, ...]:
    return (
        entity.ref, entity.kind, entity.namespace, entity.name, entity.title, entity.description,
        entity.type, entity.lifecycle, entity.owner_ref, entity.system_ref, " ".join(entity.tags),
        str(entity.error_count), entity.updated_at.isoformat() if entity.updated_at else "",
    )  # fmt: skip


def _inert(value: str) -> str:
    """Keep a spreadsheet from reading a description as a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
