"""Counts beside the catalog list, and Backstage's facets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Func

from apps.accounts.permissions import Actor
from apps.catalog.domain.query import FACETS, EntityQuery
from apps.catalog.domain.records import Facet, FacetValue
from apps.catalog.models import Entity
from apps.catalog.models.entity import EntityQuerySet
from apps.catalog.selectors import filtering
from apps.catalog.selectors.remembered import Memory
from apps.catalog.selectors.titles import titles_of

MAX_VALUES = 200
# Two spellings are two values: these are words of an organisation, kept as they are written.
AS_WRITTEN = frozenset({"type", "lifecycle"})
_COLUMNS = {
    "kind": "kind",
    "type": "type",
    "owner": "owner_ref",
    "lifecycle": "lifecycle",
    "system": "system_ref",
}


@dataclass(frozen=True)
class Counts:
    """How many entities a question finds, and each facet with its counts."""

    total: int
    facets: tuple[Facet, ...]


def counts_of(actor: Actor | None, query: EntityQuery) -> Counts:
    """
    Return the counts beside and above a list.

    The counts of a facet follow all other filters but not its own, so that adding a second value
    of the same facet shows what it would add. They are counted once for each state of the catalog,
    except where the question is a person's own (a text, mine, starred).
    """
    if query.text or query.mine or query.starred:
        return _counted(actor, query)
    memory = Memory.of_now()
    question = ("counts", memory.view_of(actor), replace(query, page=1, page_size=1, sort=""))
    return memory.recall(question, partial(_counted, actor, query))


def facets_of(actor: Actor | None, query: EntityQuery) -> tuple[Facet, ...]:
    """Return each facet with its counts, see `counts_of`."""
    return counts_of(actor, query).facets


def total_of(actor: Actor | None, query: EntityQuery) -> int:
    """Return only how many entities a question finds."""
    return _found(actor, query, without="").count()


def _counted(actor: Actor | None, query: EntityQuery) -> Counts:
    return Counts(total_of(actor, query), _facets(actor, query))


def _facets(actor: Actor | None, query: EntityQuery) -> tuple[Facet, ...]:
    """Facets without a chosen value ask the same question and are counted in one query."""
    together = [key for key in _COLUMNS if not query.chosen(key)]
    counts = _counts_by_column(together, _found(actor, query, without=""))
    for key in _COLUMNS:
        if key not in counts:
            counts |= _counts_by_column([key], _found(actor, query, without=key))
    counts["tag"] = _counts_of_tags(_found(actor, query, without="tag"))
    shown = {key: _largest(counts[key]) for key in FACETS}
    titles = _titles(actor, [*shown["owner"], *shown["system"]])
    return tuple(
        Facet(key, label, _values(shown[key], titles, query.chosen(key), exact=key in AS_WRITTEN))
        for key, label in FACETS.items()
    )


def _found(actor: Actor | None, query: EntityQuery, *, without: str) -> EntityQuerySet:
    condition = filtering.general_q(query, actor)
    for facet in FACETS:
        if facet != without:
            condition &= filtering.facet_q(query, facet, actor)
    return filtering.with_text(Entity.objects.visible_to(actor).filter(condition), query.text)


def _counts_by_column(keys: list[str], found: EntityQuerySet) -> dict[str, dict[str, int]]:
    """Count the values of several columns in one pass; the ORM has no GROUPING SETS."""
    counts: dict[str, dict[str, int]] = {key: {} for key in keys}
    if not keys:
        return counts
    columns = [_COLUMNS[key] for key in keys]
    try:
        sql, parameters = found.order_by().values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return counts
    names = ", ".join(columns)
    sets = ", ".join(f"({column})" for column in columns)
    with connection.cursor() as cursor:
        # Names of our own columns, and a statement of the ORM with its parameters apart.
        cursor.execute(
            f"SELECT GROUPING({names}), COALESCE({names}), COUNT(*) "  # noqa: S608  # see above
            f"FROM ({sql}) AS found({names}) GROUP BY GROUPING SETS ({sets})",
            parameters,
        )
        for mask, value, count in cursor.fetchall():
            # GROUPING has a zero bit where a column is grouped by, the first column's the highest.
            for position, key in enumerate(keys):
                if value and not mask >> (len(keys) - 1 - position) & 1:
                    counts[key][value] = count
    return counts


def _counts_of_tags(found: EntityQuerySet) -> dict[str, int]:
    values = found.order_by().annotate(value=Func(F("tags"), function="unnest"))
    return dict(values.values_list("value").annotate(count=Count("pk")))


def _largest(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_VALUES])


def _values(
    counts: dict[str, int], titles: dict[str, str], chosen: tuple[str, ...], *, exact: bool
) -> tuple[FacetValue, ...]:
    same: Callable[[str], str] = str if exact else str.lower
    selected = {same(value) for value in chosen}
    known = {same(value) for value in counts}
    values = [
        FacetValue(value, titles.get(value, value), count, same(value) in selected)
        for value, count in counts.items()
    ]
    # What is chosen stays in sight, so that it can be taken back.
    values += [FacetValue(value, value, 0, True) for value in chosen if same(value) not in known]
    return tuple(values)


def _titles(actor: Actor | None, refs: Sequence[str]) -> dict[str, str]:
    titles = titles_of(actor, refs)
    return {ref: titles.get(ref, ref.rpartition("/")[2]) for ref in refs}
