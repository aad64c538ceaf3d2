"""The graph of entities, around any one of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import graph_data, selectors
from apps.catalog.domain.query import EntityQuery
from apps.catalog.domain.relations import PAIRS
from apps.catalog.entity_page import actor_of
from apps.core.http import PortalRequest

DEPTHS = (1, 2, 3, 4)
LIMIT = 300


@require_GET
def graph(request: PortalRequest) -> HttpResponse:
    """Draw what is at most `?depth=` relations away from `?ref=`; `?relation=` narrows."""
    actor = actor_of(request)
    ref = request.GET.get("ref", "")[:320]
    depth = next((d for d in DEPTHS if str(d) == request.GET.get("depth")), 2)
    chosen = frozenset(request.GET.getlist("relation")) & frozenset(PAIRS)
    context = {
        "ref": ref,
        "depth": depth,
        "depths": DEPTHS,
        "relations": [(key, graph_data.label(key), key in chosen) for key in PAIRS],
        "navigation_key": "graph",
    }
    if ref:
        entity = selectors.get_entity(actor, ref)
        found = selectors.neighbourhood(
            actor, ref, depth=depth, limit=LIMIT, relations=chosen or None
        )
        context |= {"entity": entity, **graph_data.context(found)}
    else:
        query = EntityQuery(kind=("System", "Domain"), page_size=50)
        context["suggested"] = selectors.list_entities(actor, query, with_facets=False).entities
    return render(request, "catalog/graph.html", context)
