"""Texts of a rule with CEL between double braces: "{{ size(workflows.files) }} workflows"."""

import re
from dataclasses import dataclass
from typing import Any

import cel

from apps.scorecards.domain.cel import Expression, compiled

_BRACES = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
MAX_TEXT = 500


@dataclass(frozen=True)
class TextTemplate:
    """Literal text and expressions in turn."""

    parts: tuple[str | Expression, ...]

    @property
    def variables(self) -> frozenset[str]:
        """Every fact that the expressions read."""
        names: set[str] = set()
        for part in self.parts:
            if isinstance(part, Expression):
                names |= part.variables
        return frozenset(names)

    def render(self, context: cel.Context) -> str:
        """
        Return the text, at most `MAX_TEXT` characters.

        :raises apps.scorecards.domain.cel.EvaluationFailed: if an expression fails
        """
        text = "".join(
            _shown(part.evaluate(context)) if isinstance(part, Expression) else part
            for part in self.parts
        )
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def parse_text(source: str) -> TextTemplate:
    """
    Return the template of a text.

    :raises apps.scorecards.domain.cel.InvalidExpression: if an expression in it is wrong
    """
    parts: list[str | Expression] = []
    for index, piece in enumerate(_BRACES.split(" ".join(source.split()))):
        if index % 2:
            parts.append(compiled(piece.strip()))
        elif piece:
            parts.append(piece)
    return TextTemplate(tuple(parts))


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
