"""Where all services stand on a scorecard: levels, teams, rules."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Avg, Count, Max, QuerySet

from apps.accounts.permissions import Actor
from apps.catalog import selectors as catalog
from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.states import LADDER, Level, State
from apps.scorecards.models import CardLevel, Fact, Result
from apps.scorecards.selectors.cards import ActiveScorecard, active_scorecards
from apps.scorecards.selectors.entities import EvidenceView, blob_base, evidence_views

_GROUPED = """
SELECT l.owner_ref, r.rule_id,
       count(*) FILTER (WHERE r.state = 'pass'), count(*) FILTER (WHERE r.state = 'fail'),
       count(*) FILTER (WHERE r.state = 'warn'),
       count(*) FILTER (WHERE r.state IN ('no_data', 'stale', 'error'))
FROM scorecards_cardlevel l
JOIN scorecards_result r ON r.entity_ref = l.entity_ref
WHERE l.scorecard_id = %s AND r.rule_id = ANY(%s) AND NOT l.entity_ref = ANY(%s)
GROUP BY l.owner_ref, r.rule_id
"""


@dataclass(frozen=True)
class Filters:
    """What the address of a scorecard's page narrows: owner, level, a failing rule."""

    team: str = ""
    level: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Fleet:
    """How a scorecard's services are spread over the levels."""

    scorecard: ActiveScorecard
    by_level: tuple[tuple[Level, int], ...]
    coverage: float | None
    score: float | None
    evaluated_at: datetime | None

    @property
    def total(self) -> int:
        """How many services are graded."""
        return sum(count for _, count in self.by_level)

    @property
    def on_the_ladder(self) -> int:
        """How many have a level."""
        return sum(count for level, count in self.by_level if level is not Level.NONE)

    @property
    def median(self) -> Level:
        """The level that half of the services have at least."""
        levels = sorted(level for level, count in self.by_level for _ in range(count))
        return levels[(len(levels) - 1) // 2] if levels else Level.NONE

    def count(self, level: Level) -> int:
        """Return how many services have this level."""
        return dict(self.by_level).get(level, 0)

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """The spread as parts of a bar 100 wide: (level, x, width)."""
        drawn, x = [], 0.0
        for level, count in self.by_level:
            if count:
                width = 100 * count / self.total
                drawn.append((level.key, f"{x:.2f}", f"{max(width - 0.6, 0.4):.2f}"))
                x += width
        return drawn

    @property
    def spoken(self) -> str:
        """The spread in words."""
        rows = [f"{count} {level.key}" for level, count in self.by_level if count]
        return ", ".join(rows) or "nothing graded yet"

    @property
    def gold(self) -> int:
        """How many are at the top."""
        return self.count(Level.GOLD)

    @property
    def silver(self) -> int:
        """How many are in the middle."""
        return self.count(Level.SILVER)

    @property
    def bronze(self) -> int:
        """How many are on the first step."""
        return self.count(Level.BRONZE)

    @property
    def none(self) -> int:
        """How many have no level."""
        return self.count(Level.NONE)


@dataclass(frozen=True)
class HeatCell:
    """A team's services under one rule."""

    rule: Rule
    passing: int
    failing: int
    warning: int
    unknown: int

    @property
    def percent(self) -> int | None:
        """The share that passes or warns of those that were decided, in percent."""
        good = self.passing + self.warning
        decided = good + self.failing
        return round(100 * good / decided) if decided else None

    @property
    def tone(self) -> str:
        """The colour: ok from 85 %, warn from 60 %."""
        if self.percent is None:
            return ""
        return "ok" if self.percent >= 85 else "warn" if self.percent >= 60 else "bad"


@dataclass(frozen=True)
class HeatRow:
    """A team with a cell for each rule."""

    owner_ref: str
    title: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class ServiceRow:
    """A service in a list, with the rules that it fails."""

    card: CardLevel
    level: Level
    owner_title: str
    failing: tuple[str, ...]


@dataclass(frozen=True)
class RuleRow:
    """A service under one rule."""

    card: CardLevel
    result: Result
    owner_title: str
    evidence: tuple[EvidenceView, ...]

    @property
    def state(self) -> State:
        """The result's state."""
        return State(self.result.state)


def card_levels(
    actor: Actor | None, scorecard: ActiveScorecard, filters: Filters = Filters()
) -> QuerySet[CardLevel]:
    """Return where each service stands that the person may know of, the worst first."""
    found = CardLevel.objects.filter(scorecard_id=scorecard.id).exclude(
        entity_ref__in=catalog.hidden_refs(actor)
    )
    found = found.filter(owner_ref=filters.team) if filters.team else found
    found = found.filter(level=_level(filters.level)) if filters.level else found
    if filters.rule:
        failing = Result.objects.filter(rule_id=filters.rule, state=State.FAIL.value)
        found = found.filter(entity_ref__in=failing.values("entity_ref"))
    return found.order_by("level", "score", "entity_ref")


def fleet(actor: Actor | None, scorecard: ActiveScorecard, filters: Filters) -> Fleet:
    """Return how the services spread over the levels."""
    found = card_levels(actor, scorecard, filters).order_by()
    counts = {row["level"]: row["n"] for row in found.values("level").annotate(n=Count("id"))}
    totals = found.aggregate(Avg("coverage"), Avg("score"), Max("evaluated_at"))
    return Fleet(
        scorecard=scorecard,
        by_level=tuple(
            (level, counts.get(level.value, 0)) for level in (*LADDER[::-1], Level.NONE)
        ),
        coverage=totals["coverage__avg"],
        score=totals["score__avg"],
        evaluated_at=totals["evaluated_at__max"],
    )


def fleets(actor: Actor | None) -> list[Fleet]:
    """Return every scorecard with its spread."""
    return [fleet(actor, card, Filters()) for card in active_scorecards()]


def service_rows(actor: Actor | None, cards: Sequence[CardLevel]) -> list[ServiceRow]:
    """Return these services with the rules they fail and their owners' names; two queries."""
    failing = failing_of([card.entity_ref for card in cards])
    titles = catalog.titles_of(actor, {card.owner_ref for card in cards if card.owner_ref})
    return [
        ServiceRow(
            card=card,
            level=Level(card.level),
            owner_title=titles.get(card.owner_ref, ""),
            failing=tuple(failing.get(card.entity_ref, ())),
        )
        for card in cards
    ]


def failing_of(refs: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of the rules that each of these entities fails; one query."""
    found: dict[str, list[str]] = {}
    rows = Result.objects.filter(entity_ref__in=list(refs), state=State.FAIL.value)
    for ref, rule_id in rows.order_by("rule_id").values_list("entity_ref", "rule_id"):
        found.setdefault(ref, []).append(rule_id)
    return found


def heat_map(actor: Actor | None, scorecard: ActiveScorecard) -> list[HeatRow]:
    """Return rule by team; two or three queries whatever the number of services."""
    hidden = catalog.hidden_refs(actor)
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED, (scorecard.id, [rule.id for rule in scorecard.rules], hidden))
        cells = {(owner, rule): counts for owner, rule, *counts in cursor.fetchall()}
    owners = sorted({owner for owner, _ in cells})
    titles = catalog.titles_of(actor, (owner for owner in owners if owner))
    rows = [
        HeatRow(
            owner_ref=owner,
            title=titles.get(owner) or owner.rpartition("/")[2],
            cells=tuple(
                HeatCell(rule, *cells.get((owner, rule.id), (0, 0, 0, 0)))
                for rule in scorecard.rules
            ),
        )
        for owner in owners
    ]
    return sorted(rows, key=lambda row: (-_share(row.cells), row.title.lower()))


def rule_results(
    actor: Actor | None, scorecard: ActiveScorecard, rule: Rule, *, team: str = ""
) -> tuple[dict[str, int], list[RuleRow]]:
    """Return how many services are in each state, and those services, failures first."""
    cards = {c.entity_ref: c for c in card_levels(actor, scorecard, Filters(team=team))}
    results = list(Result.objects.filter(rule_id=rule.id, entity_ref__in=cards))
    titles = catalog.titles_of(actor, {c.owner_ref for c in cards.values() if c.owner_ref})
    repos = dict(
        Fact.objects.filter(key="repo", is_current=True, entity_ref__in=cards).values_list(
            "entity_ref", "value"
        )
    )
    order: list[str] = [State.FAIL, State.ERROR, State.WARN, State.NO_DATA, State.STALE, State.PASS]
    results.sort(
        key=lambda r: (order.index(r.state) if r.state in order else len(order), r.entity_ref)
    )
    rows = [
        RuleRow(
            card=cards[result.entity_ref],
            result=result,
            owner_title=titles.get(cards[result.entity_ref].owner_ref, ""),
            evidence=tuple(
                evidence_views(result.evidence, blob_base(repos.get(result.entity_ref) or {}))
            ),
        )
        for result in results
    ]
    return dict(Counter(result.state for result in results)), rows


def tiers_of(refs: Iterable[str]) -> dict[str, str]:
    """Return the tier of each of these entities that has one."""
    facts = Fact.objects.filter(key="component", is_current=True, entity_ref__in=list(refs))
    return {
        ref: (value or {}).get("tier", "")
        for ref, value in facts.values_list("entity_ref", "value")
    }


def _level(key: str) -> int:
    try:
        return Level.parse(key).value
    except ValueError:
        return -1


def _share(cells: Iterable[HeatCell]) -> float:
    good = bad = 0
    for cell in cells:
        good += cell.passing + cell.warning
        bad += cell.failing
    return good / (good + bad) if good + bad else 0.0
