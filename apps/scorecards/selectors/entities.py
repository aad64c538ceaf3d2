"""Where one entity stands: each rule with evidence, freshness and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.states import LADDER, UNKNOWN, Level, State
from apps.scorecards.models import CardLevel, Fact, Result
from apps.scorecards.selectors.cards import ActiveScorecard, active_scorecards

# What needs a person comes first.
_ORDER = (
    State.FAIL, State.ERROR, State.WARN, State.NO_DATA, State.STALE, State.PASS, State.EXEMPT,
    State.NOT_APPLICABLE,
)  # fmt: skip
MARKS = {
    State.PASS: "ok", State.WARN: "warn", State.FAIL: "bad", State.NOT_APPLICABLE: "na",
    State.EXEMPT: "na", State.NO_DATA: "todo", State.STALE: "todo", State.ERROR: "warn",
}  # fmt: skip
WORDS = {
    State.PASS: "passes", State.WARN: "warning", State.FAIL: "fails",
    State.NOT_APPLICABLE: "not applicable", State.EXEMPT: "exempt", State.NO_DATA: "no data",
    State.STALE: "stale", State.ERROR: "error",
}  # fmt: skip


@dataclass(frozen=True)
class EvidenceView:
    """One thing that was read, with the address that shows it, if there is one."""

    text: str
    place: str
    url: str


@dataclass(frozen=True)
class RuleView:
    """A rule with its result; `observed_at` is the oldest of the facts that it read."""

    rule: Rule
    state: State
    message: str
    evidence: tuple[EvidenceView, ...]
    since: datetime
    evaluated_at: datetime
    observed_at: datetime | None
    sources: tuple[str, ...]

    @property
    def mark(self) -> str:
        """The name of the mark tag's sign."""
        return MARKS[self.state]

    @property
    def word(self) -> str:
        """The state in a word."""
        return WORDS[self.state]

    @property
    def needs_work(self) -> bool:
        """Tell whether there is something to put right."""
        return self.state in {State.FAIL, State.WARN}

    @property
    def evidence_url(self) -> str:
        """The address of the first piece of evidence that has one."""
        return next((row.url for row in self.evidence if row.url), "")


@dataclass(frozen=True)
class EntityCardView:
    """An entity on one scorecard; `rules` has what needs a person first."""

    scorecard: ActiveScorecard
    level: Level
    score: float | None
    coverage: float | None
    held_since: datetime | None
    since: datetime
    evaluated_at: datetime
    rules: tuple[RuleView, ...]

    def count(self, *states: State) -> int:
        """Return how many rules are in one of these states."""
        return sum(view.state in states for view in self.rules)

    @property
    def passing(self) -> int:
        """How many rules pass or warn."""
        return self.count(State.PASS, State.WARN)

    @property
    def failing(self) -> int:
        """How many rules fail."""
        return self.count(State.FAIL)

    @property
    def unknown(self) -> int:
        """How many rules have no data."""
        return self.count(*UNKNOWN)

    @property
    def aside(self) -> int:
        """How many rules do not apply or are exempt."""
        return self.count(State.NOT_APPLICABLE, State.EXEMPT)

    @property
    def executed(self) -> int:
        """How many rules said something."""
        return self.passing + self.failing

    @property
    def next_level(self) -> Level | None:
        """The level above, or None at the top."""
        return next((level for level in LADDER if level > self.level), None)

    @property
    def next_steps(self) -> tuple[RuleView, ...]:
        """What keeps it from the next level, the cheapest first."""
        wanted = self.next_level
        if wanted is None:
            return ()
        steps = [v for v in self.rules if v.state is State.FAIL and v.rule.level <= wanted]
        return tuple(sorted(steps, key=lambda view: (view.rule.fix.effort, view.rule.id)))

    @property
    def next_minutes(self) -> int:
        """The estimated effort of the next steps, in minutes."""
        return sum(view.rule.fix.effort for view in self.next_steps)


def entity_cards(ref: str) -> list[EntityCardView]:
    """Return where an entity stands on each scorecard that is for it."""
    levels = {row.scorecard_id: row for row in CardLevel.objects.filter(entity_ref=ref)}
    if not levels:
        return []
    results = {row.rule_id: row for row in Result.objects.filter(entity_ref=ref)}
    facts = {
        row.key: row
        for row in Fact.objects.filter(entity_ref=ref, is_current=True).only(
            "key", "observed_at", "source_ref", "value"
        )
    }
    repo = facts.get("repo")
    base = blob_base((repo.value if repo else None) or {})
    views = []
    for card in active_scorecards():
        row = levels.get(card.id)
        if row is not None:
            rules = [
                _rule_view(rule, results[rule.id], facts, base)
                for rule in card.rules
                if rule.id in results
            ]
            rules.sort(key=lambda v: (_ORDER.index(v.state), v.rule.level, v.rule.id))
            views.append(
                EntityCardView(
                    scorecard=card,
                    level=Level(row.level),
                    score=row.score,
                    coverage=row.coverage,
                    held_since=row.held_since,
                    since=row.since,
                    evaluated_at=row.evaluated_at,
                    rules=tuple(rules),
                )
            )
    return views


def levels_of(refs: Iterable[str]) -> dict[str, list[tuple[str, Level]]]:
    """Return (title of the scorecard, level) of each of these entities; one query."""
    found: dict[str, list[tuple[str, Level]]] = {}
    rows = CardLevel.objects.filter(entity_ref__in=list(refs)).order_by("scorecard__title")
    for ref, title, level in rows.values_list("entity_ref", "scorecard__title", "level"):
        found.setdefault(ref, []).append((title, Level(level)))
    return found


def is_checked_since(ref: str, moment: datetime) -> bool:
    """Tell whether an entity has been graded after this moment."""
    return CardLevel.objects.filter(entity_ref=ref, evaluated_at__gt=moment).exists()


def blob_base(repo: Mapping[str, object]) -> str:
    """Return the address under which the files of a repository's branch are shown, or ""."""
    web_url, branch = str(repo.get("web_url") or ""), str(repo.get("branch") or "")
    if not web_url.startswith(("http://", "https://")) or not branch:
        return ""
    return f"{web_url}/blob/{quote(branch, safe='')}/"


def evidence_views(evidence: Iterable[Mapping[str, object]], base: str) -> list[EvidenceView]:
    """Return each piece of evidence with its address: that of a file at a line, or its own."""
    views = []
    for row in evidence:
        path, own = str(row.get("path") or ""), str(row.get("url") or "")
        line = int(str(row.get("line") or 0))
        place = f"{path}:{line}" if path and line else path
        url = own if own.startswith(("http://", "https://")) else ""
        if path and base and not url:
            url = base + quote(path) + (f"#L{line}" if line else "")
        views.append(EvidenceView(str(row.get("text") or ""), place, url))
    return views


def _rule_view(rule: Rule, result: Result, facts: Mapping[str, Fact], base: str) -> RuleView:
    read = [facts[key] for key in sorted(rule.facts) if key in facts]
    return RuleView(
        rule=rule,
        state=State(result.state),
        message=result.message,
        evidence=tuple(evidence_views(result.evidence, base)),
        since=result.since,
        evaluated_at=result.evaluated_at,
        observed_at=min((fact.observed_at for fact in read), default=None),
        sources=tuple(dict.fromkeys(fact.source_ref for fact in read if fact.source_ref)),
    )
