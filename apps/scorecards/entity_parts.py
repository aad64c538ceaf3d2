"""What the catalog's pages show of scorecards: a card, a column, and search hits."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.accounts.permissions import Actor, Permission, can
from apps.catalog.domain.records import EntityDetail
from apps.core.templatetags.ui_marks import level as level_tag
from apps.scorecards import selectors
from apps.search.extensions import Hit

# The card shows what needs work, then a few of the rest; all of it is on the tab.
SHOWN = 6


def is_graded(entity: EntityDetail) -> bool:
    """Tell whether a scorecard is for entities of this kind."""
    return entity.kind.lower() == "component"


def render_card(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """Return a card for each scorecard: the meter, failing rules first, then some of the rest."""
    if not is_graded(entity):
        return None
    views = selectors.entity_cards(entity.ref)
    context = {
        "entity": entity,
        "cards": [
            {
                "view": view,
                "shown": view.rules[:SHOWN] if view.failing < SHOWN else view.rules[: view.failing],
            }
            for view in views
        ],
    }
    return render_to_string("scorecards/_entity_card.html", context, request=request)


def failing_count(entity: EntityDetail) -> int | None:
    """Return the number beside the tab: how many rules fail; None where none do."""
    return len(selectors.failing_of([entity.ref]).get(entity.ref, [])) or None


def level_column(refs: Sequence[str]) -> Mapping[str, SafeString]:
    """Return the level of each entity of a page."""
    return {
        ref: format_html_join(
            " ",
            '<span title="{}">{}</span>',
            ((title, level_tag(level.key)) for title, level in levels),
        )
        for ref, levels in selectors.levels_of(refs).items()
    }


def search(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Return scorecards and rules whose name has the text."""
    if not can(actor, Permission.SCORECARD_READ) or not text.strip():
        return []
    wanted = text.strip().lower()
    hits = [
        Hit(
            title=card.title,
            url=reverse("scorecards:scorecard_detail", args=[card.key]),
            kind="scorecard",
            subtitle=card.description[:120],
            icon="scorecards",
        )
        for card in selectors.active_scorecards()
        if wanted in card.title.lower()
    ]
    hits += [
        Hit(
            title=f"{rule.id} {rule.title}",
            url=reverse("scorecards:rule_detail", args=[card.key, rule.id]),
            kind="rule",
            subtitle=rule.checks[:120],
            icon="scorecards",
        )
        for card, rule in selectors.rule_places(wanted, limit=limit)
    ]
    return hits[:limit]
