"""
The part of a JSON Schema that holds for given values: `$ref`, `allOf`, `if`, choices.

Follows what Backstage's form library does with draft-07: a branch whose condition does not hold
contributes neither fields nor requirements. Pure; bounded in depth and in followed references.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.exceptions import Unresolvable

MAX_DEPTH = 12

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """An alternative of `oneOf`/`anyOf` that only a person can choose."""

    labels: tuple[str, ...]
    selected: int


@dataclass
class ActiveObject:
    """An object schema after every condition was decided."""

    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    ui: dict[str, Any] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    additional: Any = None

    def absorb(self, other: "ActiveObject") -> None:
        """Add what a branch contributes; a property that is there already is merged."""
        for name, schema in other.properties.items():
            self.properties[name] = merged(self.properties.get(name, {}), schema)
        self.required.extend(name for name in other.required if name not in self.required)
        self.ui.update(other.ui)
        self.choices.extend(other.choices)
        if self.additional is None:
            self.additional = other.additional


def resolve_object(
    schema: Schema, value: Any, *, root: Schema, selected: Iterable[int] = ()
) -> ActiveObject:
    """
    Return the fields and requirements that hold for `value`.

    `selected` are the alternatives chosen so far, in the order in which the choices occur;
    where it ends, the alternative that fits the value best is taken.
    """
    pending = list(selected)
    known = value if isinstance(value, Mapping) else {}
    return _resolve(dict(schema), known, root, pending, MAX_DEPTH)


def dereferenced(schema: Any, root: Schema) -> dict[str, Any]:
    """Return a schema with its own `$ref` followed (local references only) and `allOf` merged."""
    result = dict(schema) if isinstance(schema, Mapping) else {}
    for _ in range(MAX_DEPTH):
        reference = result.pop("$ref", None)
        if reference is None:
            break
        result = merged(_pointed_at(reference, root), result)
    if result.get("type") != "object" and "properties" not in result:
        for part in result.pop("allOf", ()) or ():
            result = merged(result, dereferenced(part, root))
    return result


def merged(first: Schema, second: Schema) -> dict[str, Any]:
    """Return both schemas as one; of plain keywords the second wins."""
    result = {**first, **second}
    if isinstance(first.get("properties"), Mapping) and isinstance(
        second.get("properties"), Mapping
    ):
        properties = dict(first["properties"])
        for name, schema in second["properties"].items():
            properties[name] = merged(_mapping(properties.get(name)), _mapping(schema))
        result["properties"] = properties
    if isinstance(first.get("required"), list) and isinstance(second.get("required"), list):
        result["required"] = list(dict.fromkeys([*first["required"], *second["required"]]))
    return result


def holds(schema: Any, value: Any, root: Schema) -> bool:
    """Tell whether a value fits a schema; a schema that cannot be applied fits nothing."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        return False
    whole = {**schema, "definitions": root.get("definitions", {}), "$defs": root.get("$defs", {})}
    try:
        return bool(Draft7Validator(whole).is_valid(value))
    except (SchemaError, ValidationError, Unresolvable, re.error, TypeError, ValueError):
        return False


def _resolve(
    schema: dict[str, Any],
    value: Mapping[str, Any],
    root: Schema,
    selected: list[int],
    depth: int,
) -> ActiveObject:
    active = ActiveObject()
    if depth <= 0:
        return active
    if "$ref" in schema:
        schema = merged(_pointed_at(schema["$ref"], root), schema)
    for name, child in _mapping(schema.get("properties")).items():
        if isinstance(child, Mapping):
            active.properties[str(name)] = dict(child)
    active.required = [str(name) for name in schema.get("required") or () if _is_name(name)]
    active.ui = {key: item for key, item in schema.items() if str(key).startswith("ui:")}
    active.additional = schema.get("additionalProperties")
    for branch in _branches(schema, value, root, selected, depth, active):
        active.absorb(_resolve(branch, value, root, selected, depth - 1))
    return active


def _branches(
    schema: dict[str, Any],
    value: Mapping[str, Any],
    root: Schema,
    selected: list[int],
    depth: int,
    active: ActiveObject,
) -> Iterable[dict[str, Any]]:
    """Yield the schemas that hold besides the object's own keywords."""
    yield from _schemas(schema.get("allOf"))
    if "if" in schema:
        branch = schema.get("then" if holds(schema["if"], value, root) else "else")
        if isinstance(branch, Mapping):
            yield dict(branch)
    for controlling, dependency in _mapping(schema.get("dependencies")).items():
        if controlling not in value:
            continue
        if isinstance(dependency, list):
            active.required.extend(
                name for name in dependency if _is_name(name) and name not in active.required
            )
        elif isinstance(dependency, Mapping):
            yield from _dependent(str(controlling), dict(dependency), value, root)
    for keyword in ("oneOf", "anyOf"):
        alternatives = [dereferenced(part, root) for part in _schemas(schema.get(keyword))]
        if alternatives:
            yield _chosen(alternatives, active, schema, value, root, selected)


def _dependent(
    controlling: str, dependency: dict[str, Any], value: Mapping[str, Any], root: Schema
) -> Iterable[dict[str, Any]]:
    """Yield what a dependency adds; of its `oneOf`, the first branch that fits."""
    alternatives = _schemas(dependency.pop("oneOf", None))
    yield dependency
    for raw in alternatives:
        branch = dereferenced(raw, root)
        properties = dict(_mapping(branch.get("properties")))
        condition = properties.pop(controlling, None)
        if condition is None or holds(condition, value[controlling], root):
            yield {**branch, "properties": properties}
            return


def _chosen(
    alternatives: list[dict[str, Any]],
    active: ActiveObject,
    schema: dict[str, Any],
    value: Mapping[str, Any],
    root: Schema,
    selected: list[int],
) -> dict[str, Any]:
    """Return the alternative that holds, and ask for it unless a property of the object decides."""
    own = set(_mapping(schema.get("properties")))
    deciding = [
        name
        for name in own
        if all(_decides(_mapping(part.get("properties")).get(name)) for part in alternatives)
    ]
    if deciding:
        for part in alternatives:
            conditions = {name: part["properties"][name] for name in deciding}
            if holds({"properties": conditions, "required": deciding}, value, root):
                rest = {k: v for k, v in part["properties"].items() if k not in deciding}
                return {**part, "properties": rest}
        return {}
    if all(not part.get("properties") for part in alternatives):
        return {}  # Only requirements: fields are the same, the validator decides.
    best = max(range(len(alternatives)), key=lambda number: _fit(alternatives[number], value))
    index = selected.pop(0) if selected else best
    index = index if 0 <= index < len(alternatives) else 0
    labels = tuple(_label(part, number) for number, part in enumerate(alternatives, start=1))
    active.choices.append(Choice(labels=labels, selected=index))
    return alternatives[index]


def _fit(part: Schema, value: Mapping[str, Any]) -> int:
    return sum(1 for name in _mapping(part.get("properties")) if name in value)


def _label(part: Schema, number: int) -> str:
    title = part.get("title")
    if title:
        return str(title)[:200]
    names = ", ".join(str(name) for name in list(_mapping(part.get("properties")))[:3])
    return names or f"Option {number}"


def _decides(schema: Any) -> bool:
    return isinstance(schema, Mapping) and ("const" in schema or "enum" in schema)


def _pointed_at(reference: Any, root: Schema) -> dict[str, Any]:
    """Return what a local reference ("#/definitions/x") points at, or nothing."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return {}
    found: Any = root
    for part in reference.lstrip("#").strip("/").split("/"):
        if not part:
            continue
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or key not in found:
            return {}
        found = found[key]
    return dict(found) if isinstance(found, Mapping) else {}


def _schemas(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [dict(part) for part in value if isinstance(part, Mapping)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_name(value: Any) -> bool:
    return isinstance(value, str)
