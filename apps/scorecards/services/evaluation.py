"""Results and levels from stored facts, for many entities at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail
from apps.core import audit
from apps.scorecards import selectors
from apps.scorecards.domain.evaluation import FactSet, Outcome, evaluate
from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.scoring import Grade, Graded, Held, grade
from apps.scorecards.domain.states import Level, State
from apps.scorecards.models import CardLevel, Result
from apps.scorecards.selectors import ActiveScorecard
from apps.scorecards.services.collection import forget

BATCH = 250


def evaluate_entities(*, refs: Sequence[str], now: datetime) -> int:
    """
    Grade these entities from stored facts; return how many are on a scorecard.

    Each batch is one transaction. What the catalog does not have any more is forgotten.
    """
    scorecards = selectors.active_scorecards()
    graded = 0
    unique = list(dict.fromkeys(refs))
    for start in range(0, len(unique), BATCH):
        graded += _evaluate_batch(unique[start : start + BATCH], scorecards, now)
    return graded


@transaction.atomic
def _evaluate_batch(
    refs: Sequence[str], scorecards: Sequence[ActiveScorecard], now: datetime
) -> int:
    entities = catalog.entities_by_refs(None, refs)
    forget(refs=[ref for ref in refs if ref not in entities])
    facts = selectors.facts_of(entities, now=now)
    # Locked in one order, so that two workers with the same entity take turns.
    known = {
        (row.entity_ref, row.rule_id): row
        for row in Result.objects.select_for_update()
        .filter(entity_ref__in=entities)
        .order_by("entity_ref", "rule_id")
    }
    levels = {
        (row.entity_ref, row.scorecard_id): row
        for row in CardLevel.objects.select_for_update()
        .filter(entity_ref__in=entities)
        .order_by("entity_ref", "scorecard_id")
    }
    results: list[Result] = []
    cards: list[CardLevel] = []
    for ref, entity in entities.items():
        mine = [
            card for card in scorecards if card.is_for(entity.kind.lower(), entity.type.lower())
        ]
        rules = {rule.id: rule for card in mine for rule in card.rules}
        fact_set = FactSet(facts.get(ref, {}))
        outcomes = {rule_id: evaluate(rule, fact_set) for rule_id, rule in rules.items()}
        own = {
            rule_id: _result(ref, rules[rule_id], outcome, known.get((ref, rule_id)), now)
            for rule_id, outcome in outcomes.items()
        }
        own_levels = [_level(entity, card, own, levels.get((ref, card.id)), now) for card in mine]
        _record_changes(entity, own, own_levels, levels, now)
        results += own.values()
        cards += own_levels
    _save(results, cards)
    _forget_others(entities, results, cards)
    return len({card.entity_ref for card in cards})


def _result(ref: str, rule: Rule, outcome: Outcome, before: Result | None, now: datetime) -> Result:
    changed = before is None or before.state != outcome.state.value
    return Result(
        entity_ref=ref,
        rule_id=rule.id,
        rule_version=rule.version,
        state=outcome.state.value,
        previous_state=(
            before.state if before and changed else before.previous_state if before else ""
        ),
        message=outcome.message[:600],
        evidence=[asdict(evidence) for evidence in outcome.evidence],
        evaluated_at=now,
        since=before.since if before and not changed else now,
    )


def _level(
    entity: EntityDetail,
    card: ActiveScorecard,
    results: Mapping[str, Result],
    before: CardLevel | None,
    now: datetime,
) -> CardLevel:
    rows = [Graded(rule.level, rule.weight, State(results[rule.id].state)) for rule in card.rules]
    last = Held(Level(before.level), before.held_since) if before else None
    graded: Grade = grade(rows, last=last, now=now)
    counts = Counter(row.state.value for row in rows)
    same = before is not None and before.level == graded.level
    return CardLevel(
        entity_ref=entity.ref,
        scorecard_id=card.id,
        title=entity.display_name[:200],
        owner_ref=entity.owner_ref,
        level=graded.level.value,
        score=graded.score,
        coverage=graded.coverage,
        failing=counts[State.FAIL.value],
        counts=dict(counts),
        held_since=graded.held_since,
        since=before.since if before and same else now,
        evaluated_at=now,
    )


def _record_changes(
    entity: EntityDetail,
    results: Mapping[str, Result],
    cards: Sequence[CardLevel],
    levels: Mapping[tuple[str, int], CardLevel],
    now: datetime,
) -> None:
    """One audit row for each entity whose states or levels differ from before."""
    states = {
        rule_id: [result.previous_state, result.state]
        for rule_id, result in results.items()
        if result.since == now
    }
    steps = {}
    for card in cards:
        before = levels.get((entity.ref, card.scorecard_id))
        if before is None or before.level != card.level:
            old = Level(before.level).key if before else ""
            steps[str(card.scorecard_id)] = [old, Level(card.level).key]
    if states or steps:
        audit.record(
            action="scorecards.change_states",
            object_kind="entity",
            object_id=entity.ref,
            object_name=entity.display_name[:320],
            detail={"states": states, "levels": steps},
        )


def _save(results: Sequence[Result], cards: Sequence[CardLevel]) -> None:
    Result.objects.bulk_create(
        results,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["entity_ref", "rule_id"],
        update_fields=[
            "rule_version", "state", "previous_state", "message", "evidence", "evaluated_at",
            "since",
        ],
    )  # fmt: skip
    CardLevel.objects.bulk_create(
        cards,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["entity_ref", "scorecard"],
        update_fields=[
            "title", "owner_ref", "level", "score", "coverage", "failing", "counts", "held_since",
            "since", "evaluated_at",
        ],
    )  # fmt: skip


def _forget_others(
    entities: Mapping[str, EntityDetail], results: Sequence[Result], cards: Sequence[CardLevel]
) -> None:
    """Take away what a scorecard no longer asks of these entities."""
    kept = {result.rule_id for result in results}
    Result.objects.filter(entity_ref__in=entities).exclude(rule_id__in=kept).delete()
    graded = {card.entity_ref for card in cards}
    ungraded = [ref for ref in entities if ref not in graded]
    CardLevel.objects.filter(entity_ref__in=ungraded).delete()
    Result.objects.filter(entity_ref__in=ungraded).delete()
