"""The functions of expressions that need nothing but their arguments."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.forge.workflows.expressions.problems import ExpressionError
from apps.forge.workflows.expressions.values import Value, loosely_equal, to_number, to_text

# No function may make more than this; expressions have no loops, so this bounds them all.
MAX_TEXT = 1024 * 1024
_MAX_JSON_DEPTH = 50


def _contains(within: Value, item: Value) -> bool:
    if isinstance(within, (list, tuple)):
        return any(loosely_equal(candidate, item) for candidate in within)
    if isinstance(within, Mapping):
        return False
    return to_text(item).lower() in to_text(within).lower()


def _starts_with(text: Value, start: Value) -> bool:
    return to_text(text).lower().startswith(to_text(start).lower())


def _ends_with(text: Value, end: Value) -> bool:
    return to_text(text).lower().endswith(to_text(end).lower())


def _format(pattern: Value, *arguments: Value) -> str:
    text = to_text(pattern)
    made: list[str] = []
    index = length = 0
    while index < len(text):
        char = text[index]
        if text[index : index + 2] in {"{{", "}}"}:
            made.append(char)
            index += 2
            continue
        if char == "{":
            end = text.find("}", index)
            number = text[index + 1 : end]
            if end < 0 or not (number.isascii() and number.isdigit()):
                raise ExpressionError(f"format(): a brace at {index + 1} is not closed: {text!r}.")
            if int(number[:6]) >= len(arguments):
                raise ExpressionError(f"format(): there is no argument {{{number[:6]}}}.")
            made.append(to_text(arguments[int(number)]))
            index = end + 1
        elif char == "}":
            raise ExpressionError(f"format(): write }}}} for a brace, in {text!r}.")
        else:
            made.append(char)
            index += 1
        length += len(made[-1])
        if length > MAX_TEXT:
            raise ExpressionError("format(): the result is too long.")
    return "".join(made)


def _join(items: Value, separator: Value = ",") -> str:
    if isinstance(items, (list, tuple)):
        return to_text(separator).join(to_text(item) for item in items)
    return to_text(items)


def _plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return to_text(value)
        return int(value) if value.is_integer() and abs(value) < 10**15 else value
    return value


def to_json(value: Value) -> str:
    """Return a value as indented JSON."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _from_json(text: Value) -> Value:
    source = to_text(text)
    if not source.strip():
        raise ExpressionError("fromJSON(): the text is empty.")
    try:
        value: Value = json.loads(source, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"fromJSON(): this is not JSON: {error}.") from None
    _check_depth(value, 0)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: Value, depth: int) -> None:
    if depth > _MAX_JSON_DEPTH:
        raise ExpressionError(f"fromJSON(): nested more than {_MAX_JSON_DEPTH} deep.")
    items: Sequence[Value] = ()
    if isinstance(value, Mapping):
        items = list(value.values())
    elif isinstance(value, list):
        items = value
    for item in items:
        _check_depth(item, depth + 1)


def _case(*arguments: Value) -> Value:
    if len(arguments) % 2 == 0:
        raise ExpressionError("case(): give pairs of condition and value, and a default.")
    for condition, value in zip(arguments[:-1:2], arguments[1::2], strict=False):
        if condition is True:
            return value
    return arguments[-1]


@dataclass(frozen=True)
class _Function:
    name: str
    call: Callable[..., Value]
    least: int
    most: int


_FUNCTIONS = {
    function.name.lower(): function
    for function in (
        _Function("contains", _contains, 2, 2),
        _Function("startsWith", _starts_with, 2, 2),
        _Function("endsWith", _ends_with, 2, 2),
        _Function("format", _format, 1, 255),
        _Function("join", _join, 1, 2),
        _Function("toJSON", to_json, 1, 1),
        _Function("fromJSON", _from_json, 1, 1),
        _Function("case", _case, 3, 255),
    )
}
NAMES = frozenset(_FUNCTIONS)


def call(name: str, values: Sequence[Value]) -> Value:
    """
    Return what a function makes of its arguments.

    :raises ExpressionError: if it is unknown, or the number of arguments is wrong
    """
    function = _FUNCTIONS.get(name.lower())
    if function is None:
        known = ", ".join(sorted(known.name for known in _FUNCTIONS.values()))
        raise ExpressionError(f"There is no function {name!r}. Known: {known}, hashFiles.")
    if not function.least <= len(values) <= function.most:
        wanted = (
            str(function.least)
            if function.least == function.most
            else f"{function.least} to {function.most}"
        )
        raise ExpressionError(f"{function.name}() takes {wanted} arguments, not {len(values)}.")
    value = function.call(*values)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ExpressionError(f"{function.name}(): the result is longer than {MAX_TEXT}.")
    return value


__all__ = ["MAX_TEXT", "NAMES", "call", "to_json", "to_number"]
