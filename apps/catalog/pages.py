"""The pages of the catalog as registries see them: sidebar, tabs, cards and columns."""

from functools import partial

from apps.catalog import cards
from apps.catalog.domain.records import EntityDetail
from apps.catalog.extensions import (
    EntityCard,
    EntityColumn,
    EntityTab,
    entity_cards,
    entity_columns,
    entity_tabs,
)
from apps.catalog.selectors.counts import public_counts
from apps.core.navigation import NavigationItem, navigation_items


def register() -> None:
    """Add the catalog's own pages; its plugin calls this."""
    _navigation()
    _tabs()
    _cards()
    entity_columns.register(
        EntityColumn(key="pipeline", label="Pipeline", values=cards.pipeline_cells, order=60)
    )


def _navigation() -> None:
    for item in (
        NavigationItem(
            key="catalog",
            label="Catalog",
            url_name="catalog:entity_list",
            icon="catalog",
            order=10,
            shortcut="g c",
            count=partial(_count, ""),
        ),
        NavigationItem(
            key="apis",
            label="APIs",
            url_name="catalog:api_list",
            icon="api",
            order=40,
            shortcut="g a",
            count=partial(_count, "API"),
        ),
        NavigationItem(
            key="graph",
            label="Graph",
            url_name="catalog:graph",
            icon="graph",
            order=60,
            shortcut="g r",
        ),
        NavigationItem(
            key="teams",
            label="Teams",
            url_name="catalog:team_list",
            icon="teams",
            order=70,
            shortcut="g t",
            count=partial(_count, "Group"),
        ),
    ):
        navigation_items.register(item)


def _tabs() -> None:
    tabs = (
        EntityTab(key="overview", label="Overview", url_name="catalog:entity_detail", order=0),
        EntityTab(
            key="definition",
            label="Definition",
            url_name="catalog:entity_definition",
            applies_to=_is_api,
            order=10,
        ),
        EntityTab(
            key="relations",
            label="Relations",
            url_name="catalog:entity_relations",
            count=_relation_count,
            order=60,
        ),
        EntityTab(key="source", label="Source", url_name="catalog:entity_source", order=90),
    )
    for tab in tabs:
        entity_tabs.register(tab)


def _cards() -> None:
    main = (cards.about, cards.members, cards.owned, cards.parts)
    for order, render in enumerate((*main, cards.neighbourhood, cards.pipeline)):
        entity_cards.register(EntityCard(key=render.__name__, render=render, order=10 + 10 * order))


def _count(kind: str, user: object) -> int:
    # Three entries of the same sidebar; one query for the request that the person object lives in.
    counts: dict[str, int] | None = getattr(user, "_catalog_counts", None)
    if counts is None:
        counts = public_counts()
        user._catalog_counts = counts  # type: ignore[attr-defined]  # one request long
    return counts.get(kind, 0) if kind else sum(counts.values())


def _is_api(entity: EntityDetail) -> bool:
    return entity.kind == "API"


def _relation_count(entity: EntityDetail) -> int:
    return len(entity.relations)
