"""Finding things: asks every source."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from apps.accounts.permissions import Actor
from apps.core.navigation import navigation_items
from apps.search.extensions import Hit, search_sources

TEXT_LIMIT = 200
LIMIT = 20
PALETTE_LIMIT = 6


@dataclass(frozen=True)
class HitGroup:
    """The hits of one source."""

    key: str
    label: str
    hits: Sequence[Hit]


def search(actor: Actor, text: str, *, limit: int = LIMIT) -> list[HitGroup]:
    """Return what every source finds for `text`, sources in their order, empty ones left out."""
    asked = clean(text)
    groups = (
        HitGroup(source.key, source.label, list(source.search(actor, asked, limit))[:limit])
        for source in search_sources
    )
    return [group for group in groups if group.hits]


def palette(actor: Actor, text: str) -> list[HitGroup]:
    """Return what the command palette shows: the pages that match, and what is found."""
    asked = clean(text)
    pages = HitGroup("pages", "Go to", pages_matching(asked))
    found = search(actor, asked, limit=PALETTE_LIMIT)
    groups = [*found, pages] if asked else [pages, *found]
    return [group for group in groups if group.hits]


def pages_matching(text: str) -> list[Hit]:
    """Return the pages of the sidebar whose name contains `text`."""
    hits = []
    for item in navigation_items:
        if text.lower() not in item.label.lower():
            continue
        try:
            address = reverse(item.url_name)
        except NoReverseMatch:
            # An entry whose page is not installed; the sidebar leaves it out too.
            continue
        subtitle = f"or press {item.shortcut}" if item.shortcut else ""
        hits.append(Hit(item.label, address, "page", subtitle=subtitle, icon=item.icon))
    return hits


def clean(text: str) -> str:
    """Return `text` on one line, without control characters, cut to what a query may be."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:TEXT_LIMIT]
