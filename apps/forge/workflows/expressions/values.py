"""Values of expressions: how they compare, count as true, and become text (GitHub's rules)."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | Sequence["Value"] | Mapping[str, "Value"] | None


class Filtered(list[Value]):
    """What `.*` returns: a property asked of it is asked of each of its items."""


def is_truthy(value: Value) -> bool:
    """Tell whether a value counts as true: not false, 0, NaN, "" or null."""
    if isinstance(value, (list, tuple, Mapping)):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return bool(value)


def to_number(value: Value) -> float:
    """Return a value as a number; NaN for what is none."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str):
        return _text_to_number(value)
    return math.nan


def _text_to_number(text: str) -> float:
    text = text.strip()
    if not text:
        return 0.0
    try:
        if text[:2] in {"0x", "0o"}:
            return float(int(text, 0))
        # Python also reads "1_000", "nan" and "infinity"; GitHub reads "Infinity" only.
        if "_" in text or text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
            return {"Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)
        return float(text)
    except (ValueError, OverflowError):
        return math.nan


def to_text(value: Value) -> str:
    """Return a value as it appears where it is put into text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_to_text(value)
    return "Object" if isinstance(value, Mapping) else "Array"


def number_to_text(number: float) -> str:
    """Return a number with at most 15 significant digits, without a needless fraction."""
    if isinstance(number, int) and abs(number) < 10**15:
        return str(number)
    number = to_number(number)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    return f"{number:.15g}".replace("e+", "E+").replace("e-", "E-")


def _kind(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"


def loosely_equal(left: Value, right: Value) -> bool:
    """Compare as `==` does: text without regard to case, different kinds as numbers."""
    kind = _kind(left)
    if kind == _kind(right):
        if kind == "string":
            return str(left).upper() == str(right).upper()
        if kind in {"object", "array"}:
            return left is right
        if kind == "number":
            return to_number(left) == to_number(right)
        return left == right
    return to_number(left) == to_number(right)


def less_than(left: Value, right: Value) -> bool:
    """Compare as `<` does; nothing is less than a list or a mapping."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() < right.upper()
    return to_number(left) < to_number(right)
