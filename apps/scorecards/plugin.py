"""What scorecards add to the apps below."""

from apps.catalog.extensions import (
    EntityCard,
    EntityColumn,
    EntityTab,
    IngestionListener,
    entity_cards,
    entity_columns,
    entity_tabs,
    ingestion_listeners,
)
from apps.core.navigation import NavigationItem, navigation_items
from apps.integrations.extensions import PipelineListener, pipeline_listeners
from apps.scorecards import entity_parts
from apps.scorecards.extensions import collectors
from apps.scorecards.facts.catalog import CatalogCollector
from apps.scorecards.facts.forge import ForgeCollector
from apps.scorecards.facts.repository import RepositoryCollector
from apps.search.extensions import SearchSource, search_sources


def register() -> None:
    """Add collectors, listeners, and what pages show."""
    for collector in (RepositoryCollector(), ForgeCollector(), CatalogCollector()):
        collectors.register(collector)
    ingestion_listeners.register(IngestionListener("scorecards", "scorecards.collect_and_evaluate"))
    pipeline_listeners.register(PipelineListener("scorecards", "scorecards.after_pipeline"))
    navigation_items.register(
        NavigationItem(
            key="scorecards",
            label="Scorecards",
            url_name="scorecards:scorecard_list",
            icon="scorecards",
            order=40,
            shortcut="g s",
        )
    )
    entity_tabs.register(
        EntityTab(
            key="scorecards",
            label="Scorecards",
            url_name="scorecards:entity_scorecards",
            applies_to=entity_parts.is_graded,
            count=entity_parts.failing_count,
            order=20,
        )
    )
    entity_cards.register(
        EntityCard("scorecards", entity_parts.render_card, column="aside", order=10)
    )
    entity_columns.register(EntityColumn("level", "Level", entity_parts.level_column, order=50))
    search_sources.register(SearchSource("scorecards", "Scorecards", entity_parts.search, order=60))
