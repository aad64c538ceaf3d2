"""Which properties the conditions of a schema look at, and which they may bring. Pure."""

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 8


def declared_names(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return every property that some branch of this object may bring."""
    names: set[str] = set()
    _collect_declared(schema, names, MAX_DEPTH)
    return frozenset(names)


def _collect_declared(schema: Any, names: set[str], depth: int) -> None:
    if depth <= 0 or not isinstance(schema, Mapping):
        return
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        names.update(str(name) for name in properties)
    dependencies = schema.get("dependencies")
    branches = list(dependencies.values()) if isinstance(dependencies, Mapping) else []
    branches += [schema.get("then"), schema.get("else")]
    for keyword in ("allOf", "oneOf", "anyOf"):
        parts = schema.get(keyword)
        branches += parts if isinstance(parts, list) else []
    for branch in branches:
        _collect_declared(branch, names, depth - 1)


def controlling_names(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the properties that a condition of this object may look at, at any depth."""
    names: set[str] = set()
    _collect_conditions(schema, names, MAX_DEPTH)
    return frozenset(names)


def _collect_conditions(schema: Any, names: set[str], depth: int) -> None:
    if depth <= 0 or not isinstance(schema, Mapping):
        return
    dependencies = schema.get("dependencies")
    if isinstance(dependencies, Mapping):
        names.update(str(name) for name in dependencies)
        for dependency in dependencies.values():
            _collect_conditions(dependency, names, depth - 1)
    _collect_tested(schema.get("if"), names, depth - 1)
    for keyword in ("then", "else"):
        _collect_conditions(schema.get(keyword), names, depth - 1)
    for keyword in ("allOf", "oneOf", "anyOf"):
        parts = schema.get(keyword)
        for part in parts if isinstance(parts, list) else ():
            names.update(_deciding_names(part) if keyword != "allOf" else ())
            _collect_conditions(part, names, depth - 1)


def _deciding_names(alternative: Any) -> list[str]:
    properties = alternative.get("properties") if isinstance(alternative, Mapping) else None
    if not isinstance(properties, Mapping):
        return []
    return [
        str(name)
        for name, part in properties.items()
        if isinstance(part, Mapping) and ("const" in part or "enum" in part)
    ]


def _collect_tested(condition: Any, names: set[str], depth: int) -> None:
    """Add the names that a condition speaks of."""
    if depth <= 0 or not isinstance(condition, Mapping):
        return
    properties = condition.get("properties")
    if isinstance(properties, Mapping):
        names.update(str(name) for name in properties)
    required = condition.get("required")
    if isinstance(required, list):
        names.update(name for name in required if isinstance(name, str))
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts = condition.get(keyword)
        for part in parts if isinstance(parts, list) else ():
            _collect_tested(part, names, depth - 1)
    _collect_tested(condition.get("not"), names, depth - 1)
