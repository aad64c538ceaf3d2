"""What can be wrong with a workflow file, with the place where it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.errors import UserFacingError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or left out, at one place of a workflow file."""

    path: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        field = f" {self.field}:" if self.field else ""
        return f"{self.path}:{self.line}:{field} {self.message}"


class WorkflowInvalid(UserFacingError):
    """A workflow file cannot be run; `problems` tells each reason with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(f"line {problem.line}: {problem.message}" for problem in problems[:5]),
            where=problems[0].path,
        )
