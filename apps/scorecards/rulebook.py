"""The shipped rules and scorecards (pack/*.yaml), and rules read back from the database."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.core.yaml_guard import load_one
from apps.scorecards.domain.rules import Rule, ScorecardDefinition, parse_rule, parse_scorecard
from apps.scorecards.extensions import fact_specs

PACK = Path(__file__).parent / "pack"


@dataclass(frozen=True)
class Pack:
    """What the product ships: each rule's YAML by id, and the scorecards over them."""

    rules: dict[str, dict[str, Any]]
    scorecards: tuple[ScorecardDefinition, ...]


def read_pack(folder: Path = PACK) -> Pack:
    """
    Return the rules and scorecards of a folder, every rule compiled once to prove it.

    :raises apps.scorecards.domain.rules.InvalidRule: naming the rule and the field
    :raises apps.core.yaml_guard.InvalidYaml: naming file and line
    """
    rules = {}
    for path in sorted((folder / "rules").glob("*.yaml")):
        data = load_one(path.read_bytes(), where=path.name).value
        rules[rule_of(data).id] = data
    scorecards = [
        parse_scorecard(load_one(path.read_bytes(), where=path.name).value)
        for path in sorted((folder / "scorecards").glob("*.yaml"))
    ]
    return Pack(rules, tuple(scorecards))


def rule_of(definition: dict[str, Any]) -> Rule:
    """
    Return the compiled rule of a YAML document; kept, since it is read for each evaluation.

    :raises apps.scorecards.domain.rules.InvalidRule: if it cannot be used
    """
    return _compiled(json.dumps(definition, sort_keys=True), tuple(sorted(fact_specs())))


@lru_cache(maxsize=1024)
def _compiled(text: str, known_facts: tuple[str, ...]) -> Rule:
    return parse_rule(json.loads(text), known_facts=known_facts)
