"""One rule against one entity's facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cel

from apps.scorecards.domain.cel import EvaluationFailed, Expression, make_context
from apps.scorecards.domain.rules import Rule
from apps.scorecards.domain.states import EvidenceClass, State

MAX_EVIDENCE = 20


@dataclass(frozen=True)
class FactValue:
    """
    What is known under one key: a map, or the reason why nothing is known.

    `failed` tells a collector that crashed from data that is not there; `stale` is a value older
    than its time to live.
    """

    value: Mapping[str, Any] | None
    reason: str = ""
    failed: bool = False
    stale: bool = False


@dataclass(frozen=True)
class Evidence:
    """One thing that was read: a sentence, and where."""

    text: str
    path: str = ""
    line: int = 0
    url: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a rule says about an entity, for people and for the arithmetic."""

    state: State
    message: str
    evidence: tuple[Evidence, ...] = ()


@dataclass
class FactSet:
    """An entity's facts, turned into one CEL context that all rules share."""

    facts: Mapping[str, FactValue]
    _full: cel.Context | None = None

    def context(self) -> cel.Context:
        """Return the context; a fact without value is a map that says so (`known`, `reason`)."""
        if self._full is None:
            self._full = make_context(
                {
                    key: {**fact.value, "known": True, "reason": ""}
                    if fact.value is not None
                    else {"known": False, "reason": fact.reason}
                    for key, fact in self.facts.items()
                }
            )
        return self._full

    def lacking(self, keys: Iterable[str]) -> list[FactValue]:
        """Return the facts among `keys` that have no usable value."""
        found = (self.facts.get(key, FactValue(None, "not collected yet")) for key in sorted(keys))
        return [fact for fact in found if fact.value is None or fact.stale]


def evaluate(rule: Rule, facts: FactSet) -> Outcome:
    """
    Return the outcome of a rule; never raises for what a fact holds.

    Order: does it apply, is there data, does it pass, is it a warning; all else is a failure.
    A rule of evidence class C advises at most.
    """
    try:
        return _evaluate(rule, facts)
    except EvaluationFailed as error:
        return Outcome(State.ERROR, f"The rule could not be evaluated: {error}")


def _evaluate(rule: Rule, facts: FactSet) -> Outcome:
    lacking = facts.lacking(rule.scope_facts)
    if lacking:
        return _without_data(lacking)
    context = facts.context()
    if rule.applies_if is not None and not _is_true(rule.applies_if, context):
        return Outcome(State.NOT_APPLICABLE, rule.not_applicable.render(context))
    lacking = facts.lacking(rule.check_facts)
    if lacking:
        return _without_data(lacking)
    optional = [facts.facts[key] for key in sorted(rule.optional_facts) if key in facts.facts]
    if any(fact.stale for fact in optional):
        return _without_data([fact for fact in optional if fact.stale])
    if rule.no_data_if is not None and _is_true(rule.no_data_if, context):
        crashed = [fact for fact in optional if fact.failed]
        if crashed:
            return _without_data(crashed)
        return Outcome(State.NO_DATA, _message(rule, "no_data", context))
    if _is_true(rule.passes_if, context):
        return Outcome(State.PASS, _message(rule, "pass", context))
    advice = rule.evidence_class is EvidenceClass.DECLARED
    if advice or (rule.warn_if is not None and _is_true(rule.warn_if, context)):
        state, key = State.WARN, "warn"
    else:
        state, key = State.FAIL, "fail"
    return Outcome(state, _message(rule, key, context), _evidence(rule, context))


def _without_data(lacking: list[FactValue]) -> Outcome:
    reasons = "; ".join(dict.fromkeys(fact.reason for fact in lacking if fact.reason))
    if any(fact.failed for fact in lacking):
        return Outcome(State.ERROR, reasons or "A collector failed.")
    if any(fact.value is None for fact in lacking):
        return Outcome(State.NO_DATA, reasons or "not collected yet")
    return Outcome(State.STALE, "What was read is older than it may be; it is being read again.")


def _is_true(expression: Expression, context: cel.Context) -> bool:
    value = expression.evaluate(context)
    if not isinstance(value, bool):
        raise EvaluationFailed(f"{expression.source[:80]}: is {value!r}, not true or false")
    return value


def _message(rule: Rule, key: str, context: cel.Context) -> str:
    template = rule.messages.get(key) or rule.messages["fail"]
    return template.render(context)


def _evidence(rule: Rule, context: cel.Context) -> tuple[Evidence, ...]:
    rows: list[Evidence] = []
    for template in rule.evidence:
        items = template.each.evaluate(context)
        for item in items[: MAX_EVIDENCE - len(rows)] if isinstance(items, list) else []:
            context.add_variable("item", item)
            place = item if isinstance(item, dict) else {}
            rows.append(
                Evidence(
                    text=template.text.render(context),
                    path=str(place.get("path") or ""),
                    line=int(place.get("line") or 0),
                    url=str(place.get("url") or ""),
                )
            )
    return tuple(rows)
