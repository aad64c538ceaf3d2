"""
CEL with limits: compiled once, bounded in size and nesting, helper functions of our own.

The evaluator has no clock and no loops; its cost is bounded by the size of the expression, the
nesting of its comprehensions, and the length of the lists in the facts (`MAX_LIST`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

MAX_EXPRESSION_BYTES = 4096
MAX_PARENTHESES = 24
# Two nested comprehensions over lists of MAX_LIST take about a tenth of a second.
MAX_NESTED_COMPREHENSIONS = 2
MAX_CONCATENATIONS = 16
MAX_LIST = 500

_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*$")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_STRING = re.compile(
    r"[rR]?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")", re.DOTALL
)


class InvalidExpression(ValueError):
    """The expression cannot be compiled or is larger than allowed."""


class EvaluationFailed(Exception):
    """The expression was evaluated and ended in an error."""


@dataclass(frozen=True)
class Expression:
    """A compiled expression; `variables` are the facts it reads."""

    source: str
    variables: frozenset[str]
    program: cel.Program

    def evaluate(self, context: cel.Context) -> Any:
        """
        Return the value in this context.

        :raises EvaluationFailed: for a missing field, a wrong type, and all else that CEL reports
        """
        try:
            return self.program.execute(context)
        except (KeyError, TypeError, ValueError, RuntimeError, IndexError, OverflowError) as error:
            reason = f"no field {error}" if isinstance(error, KeyError) else str(error)
            raise EvaluationFailed(f"{_shortened(self.source)}: {reason}") from error


@lru_cache(maxsize=4096)
def compiled(source: str) -> Expression:
    """
    Compile an expression, once for each source.

    :raises InvalidExpression: if it is too large, too deeply nested or not CEL
    """
    _check_bounds(source)
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise InvalidExpression(str(error).partition("\n")[0]) from error
    unknown = set(program.functions()) - _KNOWN_FUNCTIONS
    if unknown:
        raise InvalidExpression(f"There is no function {', '.join(sorted(unknown))}.")
    bound = set(_BOUND.findall(_STRING.sub("''", source)))
    return Expression(source, frozenset(program.variables()) - bound, program)


def make_context(variables: Mapping[str, Any]) -> cel.Context:
    """Return a context with these variables and the helper functions; use it for many rules."""
    return cel.Context(variables=bounded(dict(variables)), functions=dict(FUNCTIONS))


def bounded(value: Any) -> Any:
    """Return the value with every list cut to `MAX_LIST` items."""
    if isinstance(value, dict):
        return {key: bounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(item) for item in value[:MAX_LIST]]
    return value


def _check_bounds(source: str) -> None:
    if len(source.encode()) > MAX_EXPRESSION_BYTES:
        raise InvalidExpression(f"An expression may have {MAX_EXPRESSION_BYTES} bytes at most.")
    code = _STRING.sub("''", source)
    if code.count("+") > MAX_CONCATENATIONS:
        raise InvalidExpression(f"An expression may have {MAX_CONCATENATIONS} '+' at most.")
    opened: list[bool] = []
    for position, character in enumerate(code):
        if character in "([{":
            opened.append(character == "(" and bool(_MACRO.search(code, 0, position)))
        elif character in ")]}" and opened:
            opened.pop()
        if len(opened) > MAX_PARENTHESES:
            raise InvalidExpression(f"Brackets may be nested {MAX_PARENTHESES} deep at most.")
        if sum(opened) > MAX_NESTED_COMPREHENSIONS:
            raise InvalidExpression(
                f"Comprehensions may be nested {MAX_NESTED_COMPREHENSIONS} deep at most."
            )


def _shortened(source: str) -> str:
    text = " ".join(source.split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _join(items: list[Any], separator: str) -> str:
    return separator.join(str(item) for item in items[:20])


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _lower(text: str) -> str:
    return text.lower()


def _distinct(items: list[Any]) -> list[Any]:
    return list(dict.fromkeys(str(item) for item in items))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "join": _join,
    "plural": _plural,
    "percent": _percent,
    "lower": _lower,
    "distinct": _distinct,
}
_STANDARD = {
    "size", "has", "string", "int", "uint", "double", "bool", "type", "matches", "contains",
    "startsWith", "endsWith", "min", "max", "timestamp", "duration",
}  # fmt: skip
_OPERATORS = {
    "_+_", "_-_", "_*_", "_/_", "_%_", "-_", "!_", "_&&_", "_||_", "_?_:_", "_==_", "_!=_", "_<_",
    "_<=_", "_>_", "_>=_", "_[_]", "@in", "_in_", "@not_strictly_false",
}  # fmt: skip
_KNOWN_FUNCTIONS = _STANDARD | _OPERATORS | set(FUNCTIONS)
