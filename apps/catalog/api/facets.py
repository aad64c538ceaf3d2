"""Facets: which values a field has, and how often."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from apps.catalog.api.answers import answer, dump, reader
from apps.catalog.domain.filters import EVERYTHING, parse_filters, parse_predicate
from apps.catalog.selectors import raw
from apps.core.errors import InvalidInput

router = Router()

MAX_FACETS = 20


class FacetsBody(Schema):
    """The body of POST entity-facets."""

    facets: list[str]
    query: Any = None


@router.get("/entity-facets")
def entity_facets(request: HttpRequest) -> HttpResponse:
    """Count the values of fields among the entities that pass the filters."""
    actor = reader(request)
    facets = request.GET.getlist("facet")
    node = parse_filters(request.GET.getlist("filter"))
    return answer(dump({"facets": raw.facet_counts(actor, _checked(facets), node)}))


@router.post("/entity-facets")
def entity_facets_by_predicate(request: HttpRequest, body: FacetsBody) -> HttpResponse:
    """Count the values of fields among the entities that pass a predicate."""
    actor = reader(request)
    node = EVERYTHING if body.query is None else parse_predicate(body.query)
    return answer(dump({"facets": raw.facet_counts(actor, _checked(body.facets), node)}))


def _checked(facets: list[str]) -> list[str]:
    if not facets:
        raise InvalidInput("Missing facet parameter.", hint="Ask for example facet=kind.")
    if len(facets) > MAX_FACETS:
        raise InvalidInput(f"At most {MAX_FACETS} facets can be asked for at once.")
    return facets
