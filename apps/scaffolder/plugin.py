"""What the scaffolder adds to lower apps, and its own actions."""

from apps.catalog.extensions import EntityCard, entity_cards
from apps.core.navigation import NavigationItem, navigation_items
from apps.scaffolder.actions import catalog, debug, fetch, filesystem
from apps.scaffolder.actions.base import registry
from apps.scaffolder.actions.github import dispatch, publish, pull_requests
from apps.scaffolder.pickers import BUILT_IN, pickers
from apps.scaffolder.search import search_golden_paths
from apps.scaffolder.views.entity import template_card
from apps.search.extensions import SearchSource, search_sources


def register() -> None:
    """Called once every model is loaded."""
    for family in (debug, fetch, filesystem, catalog, publish, pull_requests, dispatch):
        for action in family.ACTIONS:
            registry.register(action)
    for picker in BUILT_IN:
        pickers.register(picker)
    navigation_items.register(
        NavigationItem(
            key="create",
            label="Create",
            url_name="scaffolder:template_list",
            icon="create",
            order=20,
            shortcut="n",
        )
    )
    search_sources.register(
        SearchSource(key="golden-paths", label="Golden paths", search=search_golden_paths, order=40)
    )
    entity_cards.register(EntityCard(key="golden-path-runs", render=template_card, order=30))
