"""Reads of scorecards; `actor` is who asks, None is the portal itself."""

from apps.scorecards.selectors.cards import (
    ActiveScorecard,
    active_scorecard,
    active_scorecards,
    rule_places,
    summary_lines,
)
from apps.scorecards.selectors.entities import (
    EntityCardView,
    RuleView,
    entity_cards,
    is_checked_since,
    levels_of,
)
from apps.scorecards.selectors.facts import (
    active_logins,
    facts_of,
    is_stale,
    refs_of_repository,
    refs_to_refresh,
)
from apps.scorecards.selectors.fleet import (
    Filters,
    Fleet,
    HeatCell,
    HeatRow,
    ServiceRow,
    card_levels,
    failing_of,
    fleet,
    fleets,
    heat_map,
    rule_results,
    service_rows,
    tiers_of,
)

__all__ = [
    "ActiveScorecard",
    "EntityCardView",
    "Filters",
    "Fleet",
    "HeatCell",
    "HeatRow",
    "RuleView",
    "ServiceRow",
    "active_logins",
    "active_scorecard",
    "active_scorecards",
    "card_levels",
    "entity_cards",
    "facts_of",
    "failing_of",
    "fleet",
    "fleets",
    "heat_map",
    "is_checked_since",
    "is_stale",
    "levels_of",
    "refs_of_repository",
    "refs_to_refresh",
    "rule_places",
    "rule_results",
    "service_rows",
    "summary_lines",
    "tiers_of",
]
