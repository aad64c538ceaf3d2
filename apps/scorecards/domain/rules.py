"""A rule and a scorecard as written in YAML: what is checked, of what, and how to put it right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.scorecards.domain.cel import Expression, InvalidExpression, compiled
from apps.scorecards.domain.states import EvidenceClass, Level
from apps.scorecards.domain.text import TextTemplate, parse_text

DEFAULT_WEIGHTS = {"A": 3.0, "B": 2.0, "C": 1.0}
_REQUIRED = (
    "id",
    "version",
    "title",
    "level",
    "evidence_class",
    "passes_if",
    "message",
    "fix",
    "why",
)
_ALLOWED = frozenset(
    (*_REQUIRED, "weight", "applies_if", "not_applicable", "warn_if", "no_data_if", "evidence",
     "optional_facts", "checks", "limits", "short")
)  # fmt: skip
_MESSAGES = frozenset({"pass", "fail", "warn", "no_data"})


class InvalidRule(ValueError):
    """The YAML of a rule or scorecard cannot be used; the text says which field and why."""


@dataclass(frozen=True)
class EvidenceTemplate:
    """
    `each` is an expression that gives a list of maps; `text` is rendered with each as `item`.

    `path`, `line` and `url` of an item become the link of the evidence.
    """

    each: Expression
    text: TextTemplate


@dataclass(frozen=True)
class Fix:
    """What to do, in steps, with a link to read more; `effort` is in minutes."""

    steps: tuple[str, ...]
    link: str
    effort: int


@dataclass(frozen=True)
class Rule:
    """One check, at one version; `facts` are the facts that it reads."""

    id: str
    version: int
    title: str
    short: str
    level: Level
    weight: float
    evidence_class: EvidenceClass
    checks: str
    why: str
    limits: str
    fix: Fix
    passes_if: Expression
    applies_if: Expression | None
    warn_if: Expression | None
    no_data_if: Expression | None
    not_applicable: TextTemplate
    messages: Mapping[str, TextTemplate]
    evidence: tuple[EvidenceTemplate, ...]
    optional_facts: frozenset[str]

    @property
    def facts(self) -> frozenset[str]:
        """Every fact that any part of the rule reads."""
        return self.scope_facts | self.check_facts | self.optional_facts

    @property
    def scope_facts(self) -> frozenset[str]:
        """The facts that decide whether the rule applies."""
        return _variables([self.applies_if]) - self.optional_facts

    @property
    def check_facts(self) -> frozenset[str]:
        """The facts without which nothing can be said."""
        conditions = _variables([self.passes_if, self.warn_if, self.no_data_if])
        return conditions - self.optional_facts


@dataclass(frozen=True)
class ScorecardDefinition:
    """A named set of rules; `kinds` and `types` say which entities it is for."""

    key: str
    title: str
    description: str
    kinds: frozenset[str]
    types: frozenset[str]
    rule_ids: tuple[str, ...]


def parse_rule(data: Any, *, known_facts: Iterable[str]) -> Rule:
    """
    Return the rule of a YAML document.

    :raises InvalidRule: naming the field, for a missing or unknown one, a bad expression, or an
        expression that reads a fact that no collector gives
    """
    if not isinstance(data, dict):
        raise InvalidRule("A rule is a mapping.")
    name = str(data.get("id", "rule"))
    missing = [key for key in _REQUIRED if key not in data]
    if missing:
        raise InvalidRule(f"{name}: {', '.join(missing)} is missing.")
    unknown = sorted(set(data) - _ALLOWED)
    if unknown:
        raise InvalidRule(f"{name}: there is no field {', '.join(unknown)}.")
    try:
        rule = _build(data)
    except (InvalidExpression, ValueError, TypeError, AttributeError) as error:
        raise InvalidRule(f"{name}: {error}") from error
    strange = _all_variables(rule) - set(known_facts)
    if strange:
        raise InvalidRule(f"{name}: there is no fact {', '.join(sorted(strange))}.")
    return rule


def parse_scorecard(data: Any) -> ScorecardDefinition:
    """
    Return the scorecard of a YAML document.

    :raises InvalidRule: if a field is missing
    """
    try:
        return ScorecardDefinition(
            key=str(data["key"]),
            title=str(data["title"]),
            description=" ".join(str(data["description"]).split()),
            kinds=frozenset(str(kind).lower() for kind in data["kinds"]),
            types=frozenset(str(type_).lower() for type_ in data.get("types", [])),
            rule_ids=tuple(str(rule) for rule in data["rules"]),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRule(f"A scorecard lacks {error}.") from error


def _build(data: dict[str, Any]) -> Rule:
    evidence_class = EvidenceClass(str(data["evidence_class"]))
    messages = {str(key): parse_text(str(text)) for key, text in data["message"].items()}
    if not {"pass", "fail"} <= set(messages) or set(messages) - _MESSAGES:
        raise InvalidRule("message has the texts pass and fail, and may have warn and no_data.")
    weight = float(data.get("weight", DEFAULT_WEIGHTS[evidence_class.value]))
    if weight <= 0:
        raise InvalidRule("weight must be more than 0.")
    level = Level.parse(str(data["level"]))
    if level is Level.NONE:
        raise InvalidRule("level is bronze, silver or gold.")
    return Rule(
        id=str(data["id"]),
        version=int(data["version"]),
        title=str(data["title"]),
        short=str(data.get("short", data["id"])),
        level=level,
        weight=weight,
        evidence_class=evidence_class,
        checks=" ".join(str(data.get("checks", "")).split()),
        why=" ".join(str(data["why"]).split()),
        limits=" ".join(str(data.get("limits", "")).split()),
        fix=_fix(data["fix"]),
        passes_if=compiled(str(data["passes_if"]).strip()),
        applies_if=_optional(data.get("applies_if")),
        warn_if=_optional(data.get("warn_if")),
        no_data_if=_optional(data.get("no_data_if")),
        not_applicable=parse_text(str(data.get("not_applicable", "does not apply here"))),
        messages=messages,
        evidence=tuple(
            EvidenceTemplate(compiled(str(row["each"]).strip()), parse_text(str(row["text"])))
            for row in data.get("evidence", [])
        ),
        optional_facts=frozenset(str(fact) for fact in data.get("optional_facts", [])),
    )


def _fix(data: Any) -> Fix:
    steps = tuple(" ".join(str(step).split()) for step in data["steps"])
    return Fix(steps, str(data.get("link", "")), int(data.get("effort", 30)))


def _optional(source: Any) -> Expression | None:
    return None if source is None else compiled(str(source).strip())


def _variables(expressions: Iterable[Expression | None]) -> frozenset[str]:
    names: set[str] = set()
    for expression in expressions:
        if expression is not None:
            names |= expression.variables
    return frozenset(names)


def _all_variables(rule: Rule) -> set[str]:
    names = set(rule.facts) | rule.not_applicable.variables
    for text in rule.messages.values():
        names |= text.variables
    for evidence in rule.evidence:
        names |= evidence.each.variables | (evidence.text.variables - {"item"})
    return names
