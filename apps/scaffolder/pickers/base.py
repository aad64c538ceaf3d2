"""What a picker is: a `ui:field` that looks something up on the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.permissions import Actor
from apps.core.registry import Registry
from apps.scaffolder.domain.form_question import Field

# A longer list is searched while typing instead of shown whole.
SHOWN_WHOLE = 50


@dataclass(frozen=True)
class PickerContext:
    """Who asks, and what is known: `values` of the whole form, `forge_owner` of the template."""

    actor: Actor
    values: Mapping[str, Any] = field(default_factory=dict)
    forge_owner: str = ""


@dataclass(frozen=True)
class Choice:
    """One thing to pick; `group` is the heading it stands under."""

    value: str
    label: str
    hint: str = ""
    group: str = ""


@dataclass(frozen=True)
class PickerView:
    """
    How a picker is shown.

    `widget` is select, search (a text with suggestions), boxes, text, repository or secret; `note`
    says what was looked for where nothing was found, and how to widen it.
    """

    widget: str
    choices: tuple[Choice, ...] = ()
    note: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    placeholder: str = ""

    @property
    def groups(self) -> list[tuple[str, list[Choice]]]:
        """The choices under their headings, in order."""
        found: dict[str, list[Choice]] = {}
        for choice in self.choices:
            found.setdefault(choice.group, []).append(choice)
        return list(found.items())


@dataclass(frozen=True)
class Cleaned:
    """A value in its final form, and what is wrong with it."""

    value: Any
    problems: tuple[str, ...] = ()


class Picker:
    """A text without suggestions; pickers override what they do better. `key` is the `ui:field`."""

    key = ""
    order = 100

    def show(self, question: Field, context: PickerContext) -> PickerView:
        """Return how the field is shown."""
        return PickerView("text")

    def initial(self, question: Field, context: PickerContext) -> Any:
        """Return what to begin with where the template has no default, or None."""
        return None

    def search(self, question: Field, text: str, context: PickerContext) -> tuple[Choice, ...]:
        """Return suggestions for what somebody has typed."""
        return ()

    def clean(self, question: Field, value: Any, context: PickerContext) -> Cleaned:
        """Return the value as it is submitted, or what is wrong with it."""
        return Cleaned(value)

    def parts(self) -> tuple[str, ...]:
        """Return the names of the inputs that together make the value; none for a single one."""
        return ()

    def compose(self, parts: Mapping[str, str]) -> str:
        """Return the value that the inputs make."""
        return ""


pickers: Registry[Picker] = Registry("picker")
