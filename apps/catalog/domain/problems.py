"""What is wrong with a document of the catalog, said for people."""

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "warning"]
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong, and what to do about it.

    An error keeps the document out (its last good version stays); a warning lets it in.
    `file` and `line` are known once the document's place is.
    """

    message: str
    path: FieldPath = ()
    hint: str = ""
    level: Level = "error"
    file: str = ""
    line: int | None = None
    name: str = "InputError"

    @property
    def field(self) -> str:
        """The path of the field, for people: `spec.dependsOn[1]`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
        return text.removeprefix(".")

    @property
    def where(self) -> str:
        """File and line, as editors write it."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def at(self, file: str, line: int | None) -> "Problem":
        """Return the problem with its place."""
        return Problem(self.message, self.path, self.hint, self.level, file, line, self.name)

    def as_json(self) -> dict[str, Any]:
        """Return the problem as it is stored with its document."""
        return {
            "message": self.message,
            "path": list(self.path),
            "hint": self.hint,
            "level": self.level,
            "file": self.file,
            "line": self.line,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Problem":
        """Read a problem that `as_json` wrote."""
        return cls(**{**data, "path": tuple(data["path"])})

    def __str__(self) -> str:
        prefix = " ".join(part for part in (self.where, self.field) if part)
        text = f"{prefix}: {self.message}" if prefix else self.message
        return f"{text} {self.hint}" if self.hint else text
