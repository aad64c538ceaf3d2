"""Reads the fields of a workflow file and collects what is wrong with them."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from apps.forge.workflows.document import LocatedMap
from apps.forge.workflows.expressions import ExpressionError, Value, check_template, to_text
from apps.forge.workflows.problems import Problem, WorkflowInvalid

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}\Z")
_MAX_PROBLEMS = 50


class FieldReader:
    """Takes typed values out of mappings; `problems` and `notices` grow on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []

    def problem(self, line: int, field: str, message: str) -> None:
        """Note a mistake."""
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(self.path, line, field, message))

    def notice(self, line: int, field: str, message: str) -> None:
        """Note something that GitHub would do and the embedded runner does not."""
        if len(self.notices) < _MAX_PROBLEMS:
            self.notices.append(Problem(self.path, line, field, message))

    def invalid(self) -> WorkflowInvalid:
        """Return the error that tells all mistakes, in the order of the file."""
        return WorkflowInvalid(sorted(self.problems, key=lambda problem: problem.line))

    @staticmethod
    def join(field: str, key: str) -> str:
        """Return the full name of a field."""
        return f"{field}.{key}" if field else key

    @staticmethod
    def is_identifier(text: str) -> bool:
        """Tell whether a text can be the id of a job or step."""
        return _IDENTIFIER.match(text) is not None

    def known_keys(self, owner: LocatedMap, field: str, known: set[str]) -> None:
        """Note each key that GitHub does not know, with the one that may have been meant."""
        for key in owner:
            if key not in known:
                close = get_close_matches(key, known, n=1)
                meant = f" Was {close[0]!r} meant?" if close else ""
                self.problem(
                    owner.line_of(key), self.join(field, key), f"Unknown key {key!r}.{meant}"
                )

    def text(self, owner: LocatedMap, key: str, field: str) -> str:
        """Return a scalar as text, "" if it is not given."""
        value = owner.get(key)
        if value is None:
            return ""
        if isinstance(value, (Mapping, list)):
            self.problem(owner.line_of(key), self.join(field, key), f"`{key}` must be text.")
            return ""
        return to_text(value)

    def template(self, owner: LocatedMap, key: str, field: str) -> str:
        """Return text that may hold expressions, which are checked."""
        text = self.text(owner, key, field)
        self._check(text, owner.line_of(key), self.join(field, key))
        return text

    def condition(self, owner: LocatedMap, field: str) -> str:
        """Return `if`, checked; it is an expression with or without `${{ }}`."""
        text = self.text(owner, "if", field)
        self._check(text, owner.line_of("if"), self.join(field, "if"), condition=True)
        return text

    def _check(self, text: str, line: int, field: str, *, condition: bool = False) -> None:
        try:
            check_template(text, condition=condition)
        except ExpressionError as error:
            self.problem(line, field, str(error))

    def templates_in(self, value: Any, line: int, field: str) -> int:
        """Check every expression inside a value; return how many texts hold one."""
        if isinstance(value, str):
            if "${{" not in value:
                return 0
            self._check(value, line, field)
            return 1
        if isinstance(value, LocatedMap):
            return sum(
                self.templates_in(item, value.line_of(key), self.join(field, key))
                for key, item in value.items()
            )
        if isinstance(value, list):
            return sum(self.templates_in(item, line, field) for item in value)
        return 0

    def texts(self, owner: LocatedMap, key: str, field: str) -> tuple[str, ...]:
        """Return one text or a list of them."""
        value = owner.get(key)
        if value is None:
            return ()
        if isinstance(value, list) and not any(isinstance(item, (Mapping, list)) for item in value):
            return tuple(to_text(item) for item in value)
        if isinstance(value, (Mapping, list)):
            self.problem(
                owner.line_of(key), self.join(field, key), f"`{key}` must be text or a list of it."
            )
            return ()
        return (to_text(value),)

    def text_map(self, owner: LocatedMap, key: str, field: str) -> dict[str, str]:
        """Return a mapping of names to texts that may hold expressions."""
        value = owner.get(key)
        where = self.join(field, key)
        if value is None:
            return {}
        if not isinstance(value, LocatedMap):
            self.problem(owner.line_of(key), where, f"`{key}` must be a mapping.")
            return {}
        return {name: self.template(value, name, where) for name in value}

    def env(self, owner: LocatedMap, field: str) -> dict[str, str]:
        """Return `env`; a name that no environment can hold is noted."""
        values = self.text_map(owner, "env", field)
        for name, text in values.items():
            if not name or "=" in name or "\0" in name or "\0" in text:
                self.problem(owner.line_of("env"), self.join(field, "env"), f"No name: {name!r}.")
        return values

    def number(self, owner: LocatedMap, key: str, field: str) -> Value:
        """Return a number above 0 or an expression for one; None if it is not given."""
        value: Value = owner.get(key)
        if isinstance(value, str) and "${{" in value:
            self._check(value, owner.line_of(key), self.join(field, key))
            return value
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (is_number and value > 0):  # type: ignore[operator]  # is_number says it
            self.problem(
                owner.line_of(key), self.join(field, key), f"`{key}` must be a number above 0."
            )
            return None
        return value

    def flag(self, owner: LocatedMap, key: str, field: str, *, default: bool = False) -> bool | str:
        """Return true, false, or an expression for one of them."""
        value = owner.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and "${{" in value:
            self._check(value, owner.line_of(key), self.join(field, key))
            return value
        self.problem(owner.line_of(key), self.join(field, key), f"`{key}` must be true or false.")
        return default
