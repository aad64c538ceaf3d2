"""Text with `${{ }}` in it, values that are one, and the conditions of `if`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apps.forge.workflows.expressions import functions
from apps.forge.workflows.expressions.evaluation import (
    CONTEXTS,
    STATUS_FUNCTIONS,
    Environment,
    compute,
    evaluate,
)
from apps.forge.workflows.expressions.problems import ExpressionError
from apps.forge.workflows.expressions.syntax import (
    Binary,
    Call,
    Context,
    Index,
    Node,
    Not,
    Star,
    parse,
)
from apps.forge.workflows.expressions.values import Value, is_truthy, to_text


@dataclass(frozen=True)
class _Piece:
    text: str
    is_expression: bool


def _pieces(text: str) -> Iterator[_Piece]:
    position = 0
    while (start := text.find("${{", position)) >= 0:
        if start > position:
            yield _Piece(text[position:start], False)
        end = _end_of_expression(text, start + 3)
        yield _Piece(text[start + 3 : end].strip(), True)
        position = end + 2
    if position < len(text):
        yield _Piece(text[position:], False)


def _end_of_expression(text: str, position: int) -> int:
    # "}}" inside quotes belongs to the text there.
    quoted = False
    while position < len(text):
        if text[position] == "'":
            quoted = not quoted
        elif not quoted and text.startswith("}}", position):
            return position
        position += 1
    raise ExpressionError("An expression opened with '${{' is not closed with '}}'.")


def interpolate(text: str, environment: Environment) -> str:
    """
    Return text with each `${{ }}` replaced by its value.

    :raises ExpressionError: if an expression cannot be computed, or the result is too long
    """
    if "${{" not in text:
        return text
    made: list[str] = []
    length = 0
    for piece in _pieces(text):
        part = piece.text
        if piece.is_expression:
            part = to_text(evaluate(piece.text, environment))
        length += len(part)
        if length > functions.MAX_TEXT:
            raise ExpressionError("The text becomes too long.")
        made.append(part)
    return "".join(made)


def resolve(value: Value, environment: Environment) -> Value:
    """
    Return a value with its expressions computed, however deep they stand.

    Text that is exactly one expression becomes its value, of any kind; other text stays text.

    :raises ExpressionError: if an expression cannot be computed
    """
    if isinstance(value, str):
        pieces = list(_pieces(value)) if "${{" in value else []
        if len(pieces) == 1 and pieces[0].is_expression:
            return evaluate(pieces[0].text, environment)
        return interpolate(value, environment)
    if isinstance(value, Mapping):
        return {key: resolve(item, environment) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(item, environment) for item in value]
    return value


def condition_holds(condition: str, environment: Environment) -> bool:
    """
    Tell whether the `if` of a job or step lets it run.

    A condition that asks for no status holds only where everything before went well.

    :raises ExpressionError: if it cannot be computed
    """
    text = _condition_text(condition)
    if text is None:
        # Text around an expression is never empty, so it always counts as true; so on GitHub.
        return environment.status == "success" and bool(interpolate(condition, environment))
    if not text:
        return environment.status == "success"
    node = parse(text)
    if not _asks_for_status(node) and environment.status != "success":
        return False
    return is_truthy(compute(node, environment))


def _condition_text(condition: str) -> str | None:
    stripped = condition.strip()
    if "${{" not in stripped:
        return stripped
    pieces = list(_pieces(stripped))
    return pieces[0].text if len(pieces) == 1 and pieces[0].is_expression else None


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Index(of, key):
            return (of, key)
        case Star(of) | Not(of):
            return (of,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
    return ()


def _walk(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(_children(current))


def _asks_for_status(node: Node) -> bool:
    return any(
        isinstance(part, Call) and part.name.lower() in STATUS_FUNCTIONS for part in _walk(node)
    )


def check_template(text: str, *, condition: bool = False) -> None:
    """
    Check the expressions of a text without computing them.

    :raises ExpressionError: for a mistake in the syntax, an unknown context or function
    """
    if condition and "${{" not in text:
        _check(text.strip() or "true")
        return
    for piece in _pieces(text):
        if piece.is_expression:
            _check(piece.text)


def _check(text: str) -> None:
    known = functions.NAMES | STATUS_FUNCTIONS | {"hashfiles"}
    for node in _walk(parse(text)):
        if isinstance(node, Context) and node.name.lower() not in CONTEXTS:
            raise ExpressionError(
                f"There is no context {node.name!r}. Known: {', '.join(sorted(CONTEXTS))}."
            )
        if isinstance(node, Call) and node.name.lower() not in known:
            raise ExpressionError(f"There is no function {node.name!r}.")
