"""From the text of an expression to its tree; every error names the column."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from apps.forge.workflows.expressions.problems import ExpressionError

# GitHub's own limits.
MAX_LENGTH = 21_000
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:0x[0-9A-Fa-f]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))
      | (?P<string>'(?:[^']|'')*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<operator>&&|\|\||==|!=|<=|>=|[<>!()\[\].,*])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, bool | float | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}


@dataclass(frozen=True)
class Literal:
    value: bool | int | float | str | None


@dataclass(frozen=True)
class Context:
    """A name that stands alone: `github`, `matrix`."""

    name: str


@dataclass(frozen=True)
class Index:
    """`of.name`, `of[key]`."""

    of: "Node"
    key: "Node"


@dataclass(frozen=True)
class Star:
    """`of.*`: each item of a list, each value of a mapping."""

    of: "Node"


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    of: "Node"


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


Node: TypeAlias = Literal | Context | Index | Star | Call | Not | Binary


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str) -> Node:
    """
    Return the tree of an expression, given without `${{` and `}}`.

    :raises ExpressionError: with the column, if it is not one
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters.")
    parser = _Parser(_tokens(text), text)
    if parser.token.kind == "end":
        raise ExpressionError("The expression is empty.")
    node = parser.alternatives(0)
    parser.finish()
    return node


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            rest = text[position:].lstrip()
            column = len(text) - len(rest) + 1
            hint = " Text stands in single quotes." if rest.startswith('"') else ""
            hint = " The text is not closed by a single quote." if rest.startswith("'") else hint
            raise ExpressionError(f"Unexpected {rest[:1]!r} at column {column}.{hint}")
        kind = match.lastgroup
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        if kind == "end":
            return tokens
        position = match.end()


class _Parser:
    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._text = text

    @property
    def token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *operators: str) -> str | None:
        token = self.token
        if token.kind == "operator" and token.text in operators:
            self._next += 1
            return token.text
        return None

    def _expect(self, operator: str) -> None:
        if self._take(operator) is None:
            raise self._unexpected(f"expected {operator!r}")

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self.token
        if token.kind == "end":
            return ExpressionError(f"The expression ends too early: {wanted}.")
        return ExpressionError(f"Unexpected {token.text!r} at column {token.column}: {wanted}.")

    def finish(self) -> None:
        if self.token.kind != "end":
            raise self._unexpected("expected an operator or the end")

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ExpressionError(f"The expression is nested more than {MAX_DEPTH} deep.")
        return self._binary(depth, 0)

    _LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))

    def _binary(self, depth: int, level: int) -> Node:
        if level == len(self._LEVELS):
            return self._unary(depth)
        node = self._binary(depth, level + 1)
        while operator := self._take(*self._LEVELS[level]):
            node = Binary(operator, node, self._binary(depth, level + 1))
        return node

    def _unary(self, depth: int) -> Node:
        negations = 0
        while self._take("!"):
            negations += 1
        node = self._postfix(depth)
        # "!!!x" is "!x": the depth of the tree stays bounded.
        for _ in range(negations if negations < 3 else 2 - negations % 2):
            node = Not(node)
        return node

    def _postfix(self, depth: int) -> Node:
        node = self._primary(depth)
        for _ in range(MAX_DEPTH):
            if self._take("."):
                if self._take("*"):
                    node = Star(node)
                elif self.token.kind == "name":
                    node = Index(node, Literal(self.token.text))
                    self._next += 1
                else:
                    raise self._unexpected("expected a name after '.'")
            elif self._take("["):
                star = self._take("*")
                node = Star(node) if star else Index(node, self.alternatives(depth + 1))
                self._expect("]")
            else:
                return node
        raise ExpressionError(f"The expression is nested more than {MAX_DEPTH} deep.")

    def _primary(self, depth: int) -> Node:
        token = self.token
        if self._take("("):
            node = self.alternatives(depth + 1)
            self._expect(")")
            return node
        if token.kind == "number":
            self._next += 1
            return Literal(_number(token.text))
        if token.kind == "string":
            self._next += 1
            return Literal(token.text[1:-1].replace("''", "'"))
        if token.kind == "name":
            self._next += 1
            if self._take("("):
                return Call(token.text, self._arguments(depth))
            if token.text in _WORDS:
                return Literal(_WORDS[token.text])
            return Context(token.text)
        raise self._unexpected("expected a value")

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        if self._take(")"):
            return ()
        arguments = [self.alternatives(depth + 1)]
        while self._take(","):
            arguments.append(self.alternatives(depth + 1))
        self._expect(")")
        return tuple(arguments)


def _number(text: str) -> int | float:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if digits[:2] in {"0x", "0o"}:
        return sign * int(digits, 0)
    return sign * (int(digits) if digits.isdigit() and len(digits) < 16 else float(digits))
