"""Backstage's filters of entities: text form and predicates (backstage-spec.md section 2)."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import InvalidInput

MAX_FILTERS = 50
MAX_STATEMENTS = 100
MAX_DEPTH = 12
MAX_NODES = 500
# What can be asked about; everything else is refused, so that no name ever reaches an attribute.
ROOTS = frozenset({"kind", "apiversion", "metadata", "spec", "relations"})
_FORBIDDEN = re.compile(r"(?:^|\.)(?:__[^.]*|constructor|prototype)(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there, with any value."""

    key: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values, all lower-cased."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasPrefix:
    """A value of the field begins so."""

    key: str
    prefix: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; true without parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Some part holds; false without parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


Node = Exists | OneOf | HasPrefix | All | Some | Not
EVERYTHING = All(())


def check_key(key: str) -> str:
    """
    Return the key of a field, lower-cased.

    :raises InvalidInput: if it is none of an entity's fields (B26)
    """
    lower = key.strip().lower()
    if lower.partition(".")[0] not in ROOTS or _FORBIDDEN.search(lower) or len(lower) > 250:
        raise InvalidInput(
            f"{key[:100]!r} is not a field of an entity.",
            hint="Fields begin with kind, apiVersion, metadata, spec or relations.",
        )
    if any(ord(char) < 0x20 for char in lower):
        raise InvalidInput("The name of a field has a control character.")
    return lower


def parse_filters(filters: Iterable[str]) -> Node:
    """
    Read the `filter` parameters of a request.

    Several are alternatives; inside one, different keys add up and one key repeated is a choice.

    :raises InvalidInput: with a field that no entity has, an empty statement, or too many
    """
    texts = list(filters)
    if len(texts) > MAX_FILTERS:
        raise InvalidInput(f"At most {MAX_FILTERS} filters are understood at once.")
    parts = tuple(_parse_filter(text) for text in texts)
    if not parts:
        return EVERYTHING
    return parts[0] if len(parts) == 1 else Some(parts)


def _parse_filter(text: str) -> Node:
    statements = [statement.strip() for statement in text.split(",")]
    statements = [statement for statement in statements if statement]
    if not statements:
        raise InvalidInput("The filter is empty.", hint="Write for example filter=kind=component.")
    if len(statements) > MAX_STATEMENTS:
        raise InvalidInput(f"A filter has at most {MAX_STATEMENTS} statements.")
    values: dict[str, list[str] | None] = {}
    for statement in statements:
        key_text, equals, value = statement.partition("=")
        key = check_key(key_text)
        if not equals:
            values[key] = None
        elif values.get(key, []) is not None:
            known = values.setdefault(key, [])
            if known is not None:
                known.append(_value(value.strip()))
    parts = tuple(
        Exists(key) if found is None else OneOf(key, tuple(dict.fromkeys(found)))
        for key, found in values.items()
    )
    return parts[0] if len(parts) == 1 else All(parts)


def _value(value: str) -> str:
    if "\0" in value:
        raise InvalidInput("A value of the filter has a NUL character.")
    return value.lower()


def parse_predicate(predicate: Any) -> Node:
    """
    Read the `query` of a request's body.

    :raises InvalidInput: if it is not a predicate
    """
    budget = [MAX_NODES]
    return _object(predicate, 0, budget)


def _object(value: Any, depth: int, budget: list[int]) -> Node:
    if not isinstance(value, dict):
        raise InvalidInput("A query must be an object.")
    budget[0] -= 1 + len(value)
    if depth > MAX_DEPTH or budget[0] < 0:
        raise InvalidInput("The query is too large or nested too deeply.")
    operators = [key for key in value if key.startswith("$")]
    if operators:
        if len(value) != 1:
            raise InvalidInput(f"{operators[0]} must be the only key of its object.")
        return _operator(operators[0], value[operators[0]], depth, budget)
    parts = tuple(_field(key, item) for key, item in value.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _operator(name: str, value: Any, depth: int, budget: list[int]) -> Node:
    if name == "$not":
        return Not(_object(value, depth + 1, budget))
    if name not in {"$all", "$any"}:
        raise InvalidInput(f"There is no operator {name[:40]} here.")
    if not isinstance(value, list):
        raise InvalidInput(f"{name} needs a list.")
    parts = tuple(_object(item, depth + 1, budget) for item in value)
    return All(parts) if name == "$all" else Some(parts)


def _field(key: str, value: Any) -> Node:
    name = check_key(key)
    if _is_primitive(value):
        return OneOf(name, (_primitive(value),))
    if not isinstance(value, dict) or len(value) != 1:
        raise InvalidInput(f"The value for {key[:100]} is neither a value nor one operator.")
    operator, operand = next(iter(value.items()))
    reader = _OPERATORS.get(operator)
    if reader is None:
        raise InvalidInput(f"There is no operator {str(operator)[:40]} for a field.")
    return reader(name, operand)


def _exists(key: str, operand: Any) -> Node:
    if not isinstance(operand, bool):
        raise InvalidInput("$exists needs true or false.")
    return Exists(key) if operand else Not(Exists(key))


def _in(key: str, operand: Any) -> Node:
    if not isinstance(operand, list) or not all(_is_primitive(item) for item in operand):
        raise InvalidInput("$in needs a list of values.")
    if len(operand) > MAX_NODES:
        raise InvalidInput(f"$in takes at most {MAX_NODES} values.")
    return OneOf(key, tuple(dict.fromkeys(_primitive(item) for item in operand)))


def _has_prefix(key: str, operand: Any) -> Node:
    if not isinstance(operand, str):
        raise InvalidInput("$hasPrefix needs a text.")
    return HasPrefix(key, _value(operand))


def _contains(key: str, operand: Any) -> Node:
    if _is_primitive(operand):
        return OneOf(key, (_primitive(operand),))
    if key != "relations" or not isinstance(operand, dict):
        raise InvalidInput("$contains needs a value; an object only for relations.")
    type_, target = operand.get("type"), operand.get("targetRef")
    if not isinstance(type_, str) or set(operand) - {"type", "targetRef"}:
        raise InvalidInput("$contains for relations needs a type, and takes a targetRef.")
    relation = check_key(f"relations.{type_}")
    if target is None:
        return Exists(relation)
    if isinstance(target, dict) and set(target) == {"$in"}:
        return _in(relation, target["$in"])
    if not isinstance(target, str):
        raise InvalidInput("A targetRef is a text or {$in: […]}.")
    return OneOf(relation, (_value(target),))


_OPERATORS: Mapping[str, Callable[[str, Any], Node]] = {
    "$exists": _exists,
    "$in": _in,
    "$hasPrefix": _has_prefix,
    "$contains": _contains,
}


def _is_primitive(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _primitive(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _value(str(value))


def matches(node: Node, terms: Collection[str]) -> bool:
    """Tell whether an entity with these search terms passes; what the database does, in Python."""
    if isinstance(node, Exists):
        return node.key in terms
    if isinstance(node, OneOf):
        return any(f"{node.key}={value}" in terms for value in node.values)
    if isinstance(node, HasPrefix):
        return any(term.startswith(f"{node.key}={node.prefix}") for term in terms)
    if isinstance(node, All):
        return all(matches(part, terms) for part in node.parts)
    if isinstance(node, Some):
        return any(matches(part, terms) for part in node.parts)
    return not matches(node.part, terms)
