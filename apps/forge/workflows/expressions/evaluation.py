"""Computes the tree of an expression in an environment of contexts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.forge.workflows.expressions import functions
from apps.forge.workflows.expressions.problems import ExpressionError
from apps.forge.workflows.expressions.syntax import (
    Binary,
    Call,
    Context,
    Index,
    Literal,
    Node,
    Not,
    Star,
    parse,
)
from apps.forge.workflows.expressions.values import (
    Filtered,
    Value,
    is_truthy,
    less_than,
    loosely_equal,
    to_number,
    to_text,
)

CONTEXTS = frozenset(
    {
        *("github", "env", "vars", "inputs", "secrets", "needs", "strategy", "matrix"),
        *("job", "jobs", "steps", "runner"),
    }
)
STATUS_FUNCTIONS = frozenset({"success", "failure", "always", "cancelled"})


@dataclass(frozen=True)
class Environment:
    """What an expression can see: contexts by name, the state so far, files to hash."""

    contexts: Mapping[str, Value] = field(default_factory=dict)
    #: "success", "failure" or "cancelled": what came before.
    status: str = "success"
    hash_files: Callable[[Sequence[str]], str] | None = None


def evaluate(text: str, environment: Environment) -> Value:
    """
    Return the value of an expression, given without `${{` and `}}`.

    :raises ExpressionError: if it cannot be read, or asks for an unknown context or function
    """
    return compute(parse(text), environment)


def compute(node: Node, environment: Environment) -> Value:
    """Return the value of a tree."""
    match node:
        case Literal(value):
            return value
        case Context(name):
            return _context(name, environment)
        case Index(of, key):
            return _property(compute(of, environment), compute(key, environment))
        case Star(of):
            return _each(compute(of, environment))
        case Not(of):
            return not is_truthy(compute(of, environment))
        case Binary("&&", left, right):
            first = compute(left, environment)
            return compute(right, environment) if is_truthy(first) else first
        case Binary("||", left, right):
            first = compute(left, environment)
            return first if is_truthy(first) else compute(right, environment)
        case Binary(operator, left, right):
            return _compare(operator, compute(left, environment), compute(right, environment))
        case Call(name, arguments):
            return _call(name, arguments, environment)


def _context(name: str, environment: Environment) -> Value:
    for known, value in environment.contexts.items():
        if known.lower() == name.lower():
            return value
    if name.lower() in CONTEXTS:
        return {}
    raise ExpressionError(f"There is no context {name!r}. Known: {', '.join(sorted(CONTEXTS))}.")


def _property(of: Value, key: Value) -> Value:
    if isinstance(of, Filtered):
        found = (_property(item, key) for item in of)
        return Filtered(value for value in found if value is not None)
    if isinstance(of, Mapping):
        wanted = to_text(key)
        if wanted in of:
            return of[wanted]
        folded = wanted.lower()
        return next((value for name, value in of.items() if name.lower() == folded), None)
    if isinstance(of, (list, tuple)):
        number = to_number(key)
        if number >= 0 and number < len(of):
            item: Value = of[int(number)]
            return item
    return None


def _each(of: Value) -> Filtered:
    if isinstance(of, Filtered):
        return Filtered(value for item in of for value in _each(item))
    if isinstance(of, Mapping):
        return Filtered(of.values())
    return Filtered(of) if isinstance(of, (list, tuple)) else Filtered()


def _compare(operator: str, left: Value, right: Value) -> bool:
    match operator:
        case "==":
            return loosely_equal(left, right)
        case "!=":
            return not loosely_equal(left, right)
        case "<":
            return less_than(left, right)
        case ">":
            return less_than(right, left)
        case "<=":
            return less_than(left, right) or _same_order(left, right)
        case _:
            return less_than(right, left) or _same_order(left, right)


def _same_order(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    return to_number(left) == to_number(right)


def _call(name: str, arguments: tuple[Node, ...], environment: Environment) -> Value:
    folded = name.lower()
    values = [compute(argument, environment) for argument in arguments]
    if folded in STATUS_FUNCTIONS:
        if values:
            raise ExpressionError(f"{name}() takes no arguments.")
        return folded == "always" or folded == environment.status
    if folded == "hashfiles":
        if not values:
            raise ExpressionError("hashFiles() needs at least one pattern.")
        if environment.hash_files is None:
            raise ExpressionError("hashFiles() can be used in steps only.")
        return environment.hash_files([to_text(value) for value in values])
    return functions.call(name, values)
