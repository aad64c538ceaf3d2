"""Entities: by query, by name, by references, by uid, and what they descend from."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from apps.accounts.api_auth import actor_of
from apps.catalog import services
from apps.catalog.api.answers import (
    answer,
    array,
    dump,
    fields_of,
    number,
    projected,
    reader,
)
from apps.catalog.domain.cursor import Cursor, decode_cursor
from apps.catalog.domain.filters import All, parse_filters, parse_predicate
from apps.catalog.domain.projection import parse_fields
from apps.catalog.domain.ref import EntityRef, ref_of
from apps.catalog.selectors import ancestry as ancestors
from apps.catalog.selectors import by_query, raw
from apps.core.errors import InvalidInput, NotFound

router = Router()

DEFAULT_LIMIT = 200
MAX_REFS = 1000


class FullTextFilter(Schema):
    """A text and the fields to look for it in."""

    term: str = ""
    fields: list[str] = []


class OrderField(Schema):
    """A field to order by."""

    field: str
    order: str = "asc"


class QueryBody(Schema):
    """The body of POST entities/by-query."""

    query: Any = None
    fields: list[str] = []
    limit: int | None = None
    offset: int | None = None
    orderBy: list[OrderField] = []  # noqa: N815 - Backstage's name
    fullTextFilter: FullTextFilter | None = None  # noqa: N815  # Backstage's own name
    totalItems: str = "include"  # noqa: N815  # Backstage's own name
    cursor: str | None = None


class RefsBody(Schema):
    """The body of POST entities/by-refs."""

    entityRefs: list[str]  # noqa: N815 - Backstage's name
    fields: list[str] = []
    query: Any = None


@router.get("/entities/by-query")
def query_entities(request: HttpRequest) -> HttpResponse:
    """Return a page of entities that pass the filters, with cursors to its neighbours."""
    actor = reader(request)
    sent = request.GET.get("cursor")
    cursor = decode_cursor(sent) if sent else _fresh_cursor(request)
    page = by_query.by_query(
        actor,
        cursor,
        limit=number(request, "limit", default=DEFAULT_LIMIT),
        offset=0 if sent else number(request, "offset", default=0, maximum=1_000_000),
        with_total=request.GET.get("totalItems") != "exclude",
    )
    return _page(page, fields_of(request))


@router.post("/entities/by-query")
def query_entities_by_predicate(request: HttpRequest, body: QueryBody) -> HttpResponse:
    """Return a page of entities that pass a predicate."""
    actor = reader(request)
    if body.cursor:
        cursor = decode_cursor(body.cursor)
    else:
        order = body.orderBy[0] if body.orderBy else None
        text = body.fullTextFilter or FullTextFilter()
        cursor = Cursor(
            order_field=order.field if order else "",
            descending=order is not None and order.order == "desc",
            query=body.query,
            text=text.term,
            text_fields=tuple(text.fields),
        )
    limit = DEFAULT_LIMIT if body.limit is None else body.limit
    offset = body.offset or 0
    if limit < 0 or offset < 0:
        raise InvalidInput("limit and offset must not be negative.")
    page = by_query.by_query(
        actor,
        cursor,
        limit=min(limit, 10_000),
        offset=0 if body.cursor else offset,
        with_total=body.totalItems != "exclude",
    )
    return _page(page, parse_fields(body.fields))


def _fresh_cursor(request: HttpRequest) -> Cursor:
    orders = request.GET.getlist("orderField")
    field, _, order = (orders[0] if orders else "").partition(",")
    if order not in {"", "asc", "desc"}:
        raise InvalidInput(f"The order of orderField must be asc or desc, not {order[:20]!r}.")
    text_fields = [
        part.strip()
        for value in request.GET.getlist("fullTextFilterFields")
        for part in value.split(",")
        if part.strip()
    ]
    return Cursor(
        order_field=field.strip(),
        descending=order == "desc",
        filters=tuple(request.GET.getlist("filter")),
        text=request.GET.get("fullTextFilterTerm", ""),
        text_fields=tuple(text_fields),
    )


def _page(page: by_query.QueryPage, fields: tuple[str, ...]) -> HttpResponse:
    info = {}
    if page.next_cursor:
        info["nextCursor"] = page.next_cursor
    if page.previous_cursor:
        info["prevCursor"] = page.previous_cursor
    items = array(projected(page.items, fields))
    return answer(f'{{"items":{items},"totalItems":{page.total},"pageInfo":{dump(info)}}}')


@router.get("/entities")
def list_entities(request: HttpRequest) -> HttpResponse:
    """Return entities as an array; deprecated by Backstage in favour of by-query."""
    actor = reader(request)
    texts = raw.list_texts(
        actor,
        parse_filters(request.GET.getlist("filter")),
        limit=number(request, "limit", default=10_000, minimum=1),
        offset=number(request, "offset", default=0, maximum=1_000_000),
    )
    return answer(array(projected(texts, fields_of(request))))


@router.post("/entities/by-refs")
def entities_by_refs(request: HttpRequest, body: RefsBody) -> HttpResponse:
    """Return entities in the order of the references asked for; null where there is none."""
    actor = reader(request)
    if len(body.entityRefs) > MAX_REFS:
        raise InvalidInput(f"At most {MAX_REFS} references can be asked for at once.")
    refs = [str(EntityRef.parse(ref)) for ref in body.entityRefs]
    filters = request.GET.getlist("filter")
    node = parse_filters(filters) if filters else None
    if body.query is not None:
        predicate = parse_predicate(body.query)
        node = predicate if node is None else All((node, predicate))
    found = raw.entity_texts(actor, refs, node)
    fields = parse_fields([*body.fields, *request.GET.getlist("fields")])
    items = [projected([found[ref]], fields)[0] if ref in found else "null" for ref in refs]
    return answer(f'{{"items":{array(items)}}}')


@router.get("/entities/by-name/{kind}/{namespace}/{name}")
def entity_by_name(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """Return one entity."""
    ref = str(EntityRef(kind, namespace, name))
    return _one(raw.entity_text(reader(request), ref=ref), ref, fields_of(request))


@router.get("/entities/by-name/{kind}/{namespace}/{name}/ancestry")
def entity_ancestry(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """Return an entity with the location entities it came from."""
    actor = reader(request)
    ref = str(EntityRef(kind, namespace, name))
    lineage = ancestors.ancestry(actor, ref)
    if not lineage:
        raise _no_entity(ref)
    items = [
        {"entity": json.loads(text), "parentEntityRefs": list(parents)} for text, parents in lineage
    ]
    return answer(dump({"rootEntityRef": ref, "items": items}))


@router.get("/entities/by-uid/{uid}")
def entity_by_uid(request: HttpRequest, uid: str) -> HttpResponse:
    """Return one entity by its uid."""
    return _one(raw.entity_text(reader(request), uid=uid), uid, fields_of(request))


@router.delete("/entities/by-uid/{uid}")
def delete_entity(request: HttpRequest, uid: str) -> HttpResponse:
    """Remove one entity; what its source still holds comes back at the next refresh."""
    actor = actor_of(request)
    text = raw.entity_text(actor, uid=uid)
    if text is None:
        raise _no_entity(uid)
    services.delete_entity(actor=actor, ref=str(ref_of(json.loads(text))), now=timezone.now())
    return HttpResponse(status=204)


def _one(text: str | None, name: str, fields: tuple[str, ...]) -> HttpResponse:
    if text is None:
        raise _no_entity(name)
    return answer(projected([text], fields)[0])


def _no_entity(name: str) -> NotFound:
    return NotFound(f"No entity named {name[:320]!r} found.")
