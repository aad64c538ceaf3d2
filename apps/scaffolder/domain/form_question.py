"""A question of a form and the answer so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LIMITS = ("pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf")


class Missing:
    """The type of MISSING: nobody has answered, which is not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclass(frozen=True)
class Option:
    """One value to choose; `token` is what the browser sends for it."""

    token: str
    value: Any
    label: str
    disabled: bool = False


@dataclass(frozen=True)
class Question:
    """What the schema says of one field, whatever its kind."""

    path: str
    name: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    is_controlling: bool = False

    def ui(self, key: str, default: Any = None) -> Any:
        """Return `ui:<key>`, which may also stand inside `ui:options`."""
        if f"ui:{key}" in self.schema:
            return self.schema[f"ui:{key}"]
        return self.ui_options.get(key, default)

    @property
    def ui_options(self) -> Mapping[str, Any]:
        options = self.schema.get("ui:options")
        return options if isinstance(options, Mapping) else {}

    @property
    def wanted_widget(self) -> str:
        """The widget that the template asks for, or ""."""
        return str(self.ui("widget") or "")

    @property
    def picker(self) -> str:
        return str(self.ui("field") or "")

    @property
    def label(self) -> str:
        title = self.ui("title") or self.schema.get("title")
        return str(title or self.name.replace("_", " ") or "Value")[:300]

    @property
    def description(self) -> str:
        """Markdown by the template's author; untrusted."""
        return str(self.ui("description") or self.schema.get("description") or "")[:5000]

    @property
    def help(self) -> str:
        return str(self.ui("help") or "")[:2000]

    @property
    def placeholder(self) -> str:
        return str(self.ui("placeholder") or "")[:300]

    @property
    def autofocus(self) -> bool:
        return self.ui("autofocus") is True

    @property
    def readonly(self) -> bool:
        return self.ui("readonly") is True or self.ui("disabled") is True

    @property
    def rows(self) -> int:
        return min(max(whole(self.ui("rows"), 5), 2), 40)

    @property
    def inline(self) -> bool:
        return self.ui("inline") is True

    @property
    def limits(self) -> dict[str, Any]:
        """The keywords that an input can carry as attributes."""
        return {key: self.schema[key] for key in _LIMITS if _is_plain(self.schema.get(key))}

    @property
    def review(self) -> Mapping[str, Any]:
        backstage = self.schema.get("ui:backstage")
        review = backstage.get("review") if isinstance(backstage, Mapping) else None
        return review if isinstance(review, Mapping) else {}


@dataclass(frozen=True)
class Field:
    """
    A question with the answer so far.

    `kind` is string, number, integer, boolean, list (several of `options`), array, object, map
    (free keys), json, fixed (cannot be changed) or choice (between alternatives of the schema).
    """

    question: Question
    kind: str
    widget: str
    value: Any = None
    has_value: bool = False
    options: tuple[Option, ...] = ()
    children: tuple["Field", ...] = ()
    notice: str = ""
    can_add: bool = False
    can_remove: bool = False
    can_move: bool = False

    @property
    def path(self) -> str:
        return self.question.path

    @property
    def name(self) -> str:
        return self.question.name

    @property
    def label(self) -> str:
        return self.question.label

    @property
    def picker(self) -> str:
        return self.question.picker

    @property
    def is_secret(self) -> bool:
        """The value belongs to the run's secrets, and the form carries a mask only."""
        return self.picker == "Secret"

    @property
    def is_masked(self) -> bool:
        """The value must not be shown again."""
        return self.is_secret or self.widget == "password" or "mask" in self.question.review


def whole(value: Any, otherwise: int) -> int:
    """Return an integer keyword of a schema, or a default where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
