"""Counts beside the catalog list, and Backstage's facets."""

from collections.abc import Iterable

from django.db.models import Count, F, Func, QuerySet

from apps.accounts.permissions import Actor
from apps.catalog.domain.query import FACETS, EntityQuery
from apps.catalog.domain.records import Facet, FacetValue
from apps.catalog.models import Entity
from apps.catalog.selectors import filtering

MAX_VALUES = 200
_COLUMNS = {
    "kind": "kind",
    "type": "type",
    "owner": "owner_ref",
    "lifecycle": "lifecycle",
    "system": "system_ref",
}


def facets_of(actor: Actor | None, query: EntityQuery) -> tuple[Facet, ...]:
    """
    Return each facet with its counts.

    The counts of a facet follow all other filters but not its own, so that adding a second value
    of the same facet shows what it would add.
    """
    facets = []
    for key, label in FACETS.items():
        condition = filtering.general_q(query, actor)
        for other in FACETS:
            if other != key:
                condition &= filtering.facet_q(query, other, actor)
        found = filtering.with_text(Entity.objects.visible_to(actor).filter(condition), query.text)
        facets.append(Facet(key, label, _values(key, found, query.chosen(key))))
    return tuple(facets)


def _values(key: str, found: "QuerySet[Entity]", chosen: tuple[str, ...]) -> tuple[FacetValue, ...]:
    column = F(_COLUMNS[key]) if key in _COLUMNS else Func(F("tags"), function="unnest")
    counted = (
        found.order_by()
        .annotate(value=column)
        .values_list("value")
        .annotate(count=Count("pk"))
        .order_by("-count", "value")[:MAX_VALUES]
    )
    counts = {value: count for value, count in counted if value}
    selected = {value.lower() for value in chosen}
    titles = _titles(counts) if key in {"owner", "system"} else {}
    known = {value.lower() for value in counts}
    values = [
        FacetValue(value, titles.get(value, value), count, value.lower() in selected)
        for value, count in counts.items()
    ]
    # What is chosen stays in sight, so that it can be taken back.
    values += [FacetValue(value, value, 0, True) for value in chosen if value.lower() not in known]
    return tuple(values)


def _titles(refs: Iterable[str]) -> dict[str, str]:
    rows = Entity.objects.filter(ref__in=list(refs)).values_list("ref", "title", "name")
    titles = {ref: title or name for ref, title, name in rows}
    return {ref: titles.get(ref, ref.rpartition("/")[2]) for ref in refs}
