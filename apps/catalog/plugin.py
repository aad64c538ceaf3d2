"""What the catalog registers with lower apps."""

from apps.catalog import pages, similarity
from apps.catalog.selectors.search import search_entities
from apps.integrations.extensions import WebhookHandler, webhook_handlers
from apps.search.extensions import SearchSource, search_sources


def register() -> None:
    """Called once every model is loaded."""
    pages.register()
    similarity.register()
    webhook_handlers.register(
        WebhookHandler(key="catalog.push", event="push", task_name="catalog.handle_push", order=20)
    )
    search_sources.register(
        SearchSource(key="catalog", label="Catalog", search=search_entities, order=10)
    )
