"""Scorecards with their rules compiled, and their standing for the terminal."""

from dataclasses import dataclass

from django.db.models import Count

from apps.core.errors import NotFound
from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.states import Level
from apps.scorecards.models import CardLevel, Result, Scorecard
from apps.scorecards.rulebook import rule_of


class NoSuchScorecard(NotFound):
    """Nothing has this key."""


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

    def rule(self, rule_id: str) -> Rule:
        """
        Return one of its rules.

        :raises NoSuchScorecard: if it has no rule of this id
        """
        found = next((rule for rule in self.rules if rule.id == rule_id), None)
        if found is None:
            raise NoSuchScorecard(f"{self.title} has no rule {rule_id[:40]!r}.")
        return found

    def is_for(self, kind: str, type_: str) -> bool:
        """Tell whether an entity of this kind and type is graded."""
        return kind in self.kinds and (not self.types or type_ in self.types)


def active_scorecard(key: str) -> ActiveScorecard:
    """
    Return one scorecard.

    :raises NoSuchScorecard: if there is none
    """
    found = next((card for card in active_scorecards() if card.key == key), None)
    if found is None:
        raise NoSuchScorecard(f"There is no scorecard {key!r}.", hint="Look at /scorecards.")
    return found


def rule_places(text: str, *, limit: int) -> list[tuple[ActiveScorecard, Rule]]:
    """Return the rules whose id or title has the text, with a scorecard that uses them."""
    wanted = text.lower()
    found = [
        (card, rule)
        for card in active_scorecards()
        for rule in card.rules
        if wanted in f"{rule.id} {rule.title}".lower()
    ]
    return found[:limit]


def active_scorecards() -> list[ActiveScorecard]:
    """Return every scorecard with its rules; three queries."""
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
