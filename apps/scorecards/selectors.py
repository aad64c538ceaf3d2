"""Reads of facts, results and levels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from apps.scorecards.domain.evaluation import FactValue
from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.states import Level
from apps.scorecards.models import CardLevel, Fact, Result, Scorecard
from apps.scorecards.rulebook import rule_of


@dataclass(frozen=True)
class ActiveScorecard:
    """A scorecard with its rules compiled, in order."""

    id: int
    key: str
    title: str
    description: str
    kinds: frozenset[str]
    types: frozenset[str]
    rules: tuple[Rule, ...]

    def is_for(self, kind: str, type_: str) -> bool:
        """Tell whether an entity of this kind and type is graded."""
        return kind in self.kinds and (not self.types or type_ in self.types)


def active_scorecards() -> list[ActiveScorecard]:
    """Return every scorecard with its rules; two queries."""
    found = Scorecard.objects.prefetch_related("entries__rule_version").order_by("title")
    return [
        ActiveScorecard(
            id=card.pk,
            key=card.key,
            title=card.title,
            description=card.description,
            kinds=frozenset(card.kinds),
            types=frozenset(card.types),
            rules=tuple(rule_of(entry.rule_version.definition) for entry in card.entries.all()),
        )
        for card in found
    ]


def facts_of(refs: Iterable[str], *, now: datetime) -> dict[str, dict[str, FactValue]]:
    """Return the current facts of each entity, by key; one query."""
    found: dict[str, dict[str, FactValue]] = defaultdict(dict)
    for fact in Fact.objects.filter(entity_ref__in=list(refs), is_current=True):
        found[fact.entity_ref][fact.key] = FactValue(
            value=fact.value,
            reason=fact.reason,
            failed=fact.failed,
            stale=fact.value is not None and is_stale(fact, now=now),
        )
    return found


def is_stale(fact: Fact, *, now: datetime) -> bool:
    """Tell whether the fact is older than it may be."""
    return fact.observed_at + timedelta(seconds=fact.ttl) < now


def active_logins() -> frozenset[str]:
    """Return the logins and e-mail addresses that committed anywhere in the last 90 days."""
    rows: Iterable[Mapping[str, list[str]] | None] = Fact.objects.filter(
        key="authors", is_current=True
    ).values_list("value", flat=True)
    return frozenset(login.lower() for row in rows if row for login in row.get("logins", []))


def refs_of_repository(full_name: str) -> list[str]:
    """Return the entities whose facts were read from this repository ("owner/name")."""
    found = Fact.objects.filter(key="repo", is_current=True, value__full_name__iexact=full_name)
    return list(found.values_list("entity_ref", flat=True))


def refs_to_refresh(*, now: datetime, limit: int) -> list[str]:
    """Return entities with a fact that is due to be read again, the oldest first."""
    rows = (
        Fact.objects.filter(is_current=True, refresh_at__lte=now)
        .order_by("refresh_at")
        .values_list("entity_ref", flat=True)[: limit * 20]
    )
    return list(dict.fromkeys(rows))[:limit]


def summary_lines(refs: list[str] | None) -> list[str]:
    """Return a line for each entity (of `refs`, or how many have each level) for the terminal."""
    levels = CardLevel.objects.select_related("scorecard").order_by("scorecard__key", "entity_ref")
    if refs is None:
        rows = levels.order_by().values("scorecard__title", "level").annotate(n=Count("id"))
        return [
            f"{row['scorecard__title']}: {row['n']} {Level(row['level']).key}"
            for row in rows.order_by("scorecard__title", "-level")
        ]
    lines = []
    for card in levels.filter(entity_ref__in=refs):
        score = "-" if card.score is None else f"{card.score:.0%}"
        lines.append(f"{card.entity_ref} {card.scorecard.title}: {Level(card.level).key}, {score}")
    results = Result.objects.filter(entity_ref__in=refs).order_by("rule_id")
    lines += [f"  {r.rule_id:<8} {r.state:<14} {r.message}" for r in results]
    return lines
