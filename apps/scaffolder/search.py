"""Golden paths in the palette and on the search page."""

from collections.abc import Sequence

from apps.accounts.permissions import Actor
from apps.scaffolder import offers
from apps.search.extensions import Hit


def search_golden_paths(actor: Actor, text: str, limit: int) -> Sequence[Hit]:
    """Return golden paths by name, description and tag; without a text, the recommended ones."""
    return [
        Hit(
            title=offer.entity.display_name,
            url=offer.url,
            kind="Golden path",
            subtitle=offer.entity.description[:120],
            icon="template",
        )
        for offer in offers.offers(actor, text=text)
        if not offer.problem
    ][:limit]
