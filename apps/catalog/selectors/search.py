"""The catalog's hits for the palette and the search page."""

from apps.accounts.permissions import Actor
from apps.catalog.selectors.entities import suggest_entities
from apps.search.extensions import Hit


def search_entities(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return the best entities for a text; nothing for an empty one."""
    if not text.strip():
        return []
    return [
        Hit(
            title=entity.display_name,
            url=entity.path,
            kind=entity.kind,
            subtitle=entity.description[:120] or entity.ref,
            icon=entity.kind.lower(),
        )
        for entity in suggest_entities(actor, text, limit=limit)
    ]
