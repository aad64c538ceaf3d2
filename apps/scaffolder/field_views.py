"""Fields as their templates need them: with ids, texts, errors and what pickers offer."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString

from apps.scaffolder import markdown
from apps.scaffolder.domain.form_question import Field, Option
from apps.scaffolder.domain.form_values import MASK, PREFIX, as_text, selected_tokens
from apps.scaffolder.pickers import PickerContext, PickerView
from apps.scaffolder.wizard import picker_of

_NOT_FOR_IDS = re.compile(r"[^A-Za-z0-9_-]+")
# What a browser checks by itself, by keyword of the schema.
_ATTRIBUTES = {
    "minLength": "minlength",
    "maxLength": "maxlength",
    "minimum": "min",
    "maximum": "max",
    "multipleOf": "step",
}


@dataclass(frozen=True)
class FieldView:
    """One field on a page."""

    field: Field
    errors: list[str] = dataclasses.field(default_factory=list)
    children: list["FieldView"] = dataclasses.field(default_factory=list)
    picker: PickerView | None = None
    notice: str = ""

    @property
    def id(self) -> str:
        return "field-" + _NOT_FOR_IDS.sub("-", self.field.path).strip("-")

    @property
    def input_name(self) -> str:
        return PREFIX + self.field.path

    @property
    def control(self) -> str:
        """The name of the template part that shows it."""
        if self.picker is not None:
            return self.picker.widget
        widget = self.field.widget
        if widget == "picker":  # Of a `ui:field` that nobody has registered.
            return "lines" if self.field.kind == "list" else "input"
        return widget if widget in _CONTROLS else "input"

    @property
    def is_group(self) -> bool:
        """Several inputs under one legend."""
        return self.control in {
            "radio",
            "checkboxes",
            "boxes",
            "tags",
            "repository",
            "group",
            "rows",
        }

    @property
    def text(self) -> str:
        """What the input shows; a masked value never."""
        return "" if self.field.is_masked else as_text(self.field)

    @property
    def placeholder(self) -> str:
        of_picker = self.picker.placeholder if self.picker else ""
        return self.field.question.placeholder or of_picker

    @property
    def lines(self) -> str:
        return "\n".join(selected_tokens(self.field))

    @property
    def has_hidden_text(self) -> bool:
        return self.field.is_masked and self.field.has_value

    @property
    def selected(self) -> list[str]:
        return selected_tokens(self.field) if self.field.kind == "list" else [as_text(self.field)]

    @property
    def options(self) -> tuple[Option, ...]:
        return self.field.options

    @property
    def description(self) -> SafeString | str:
        text = self.field.question.description
        return markdown.render(text) if text else ""

    @property
    def help(self) -> SafeString | str:
        text = self.field.question.help
        return markdown.render(text) if text else ""

    @property
    def described_by(self) -> str:
        """The ids of the texts that belong to the input."""
        parts = []
        if self.errors:
            parts.append(f"{self.id}-error")
        if self.field.question.description or self.field.question.help or self.notice:
            parts.append(f"{self.id}-help")
        return " ".join(parts)

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """What the browser checks as well; `required` is left to the server, for drafts."""
        found = []
        for keyword, name in _ATTRIBUTES.items():
            value = self.field.question.limits.get(keyword)
            # Browsers refuse a negative length; a lower limit may well be negative.
            allowed = keyword in {"minimum", "maximum"}
            if isinstance(value, int | float) and (allowed or value >= 0):
                found.append((name, str(value)))
        if self.field.kind == "number" and not any(name == "step" for name, _ in found):
            found.append(("step", "any"))
        return found

    @property
    def mode(self) -> str:
        """The type of the input."""
        widget = self.field.widget
        return widget if widget in _INPUT_TYPES else "text"


_CONTROLS = frozenset(
    {
        "textarea", "password", "hidden", "radio", "select", "checkbox", "checkboxes", "fixed",
        "group", "rows",
    }
)  # fmt: skip
_INPUT_TYPES = frozenset({"number", "range", "email", "url", "date", "time", "color"})


def field_views(
    fields: Iterable[Field], problems: Mapping[str, list[str]], context: PickerContext
) -> list[FieldView]:
    """Return the views of sibling fields, with what is wrong beside each."""
    return [_view(each, problems, context) for each in fields]


def left_over(
    fields: Iterable[FieldView], problems: Mapping[str, list[str]]
) -> list[tuple[str, str]]:
    """Return problems that belong to no field on the page, as (path, sentence)."""
    shown = {path for view in fields for path in _paths(view)}
    return [
        (path, sentence)
        for path, sentences in problems.items()
        if path not in shown
        for sentence in sentences
    ]


def _view(each: Field, problems: Mapping[str, list[str]], context: PickerContext) -> FieldView:
    picker = picker_of(each)
    notice = each.notice
    if each.picker and picker is None:
        notice = (
            f"This golden path asks for the field “{each.picker}”, which is not installed here. "
            "A plain text field stands in for it."
        )
    return FieldView(
        field=each,
        errors=problems.get(each.path, []),
        children=field_views(each.children, problems, context),
        picker=picker.show(each, context) if picker else None,
        notice=notice,
    )


def _paths(view: FieldView) -> Iterable[str]:
    yield view.field.path
    for child in view.children:
        yield from _paths(child)


@dataclass(frozen=True)
class Answer:
    """One line of the review page."""

    label: str
    text: str
    is_ref: bool = False
    depth: int = 0


def answers(fields: Iterable[Field], depth: int = 0) -> list[Answer]:
    """Return what was answered, for people; secrets masked, what is hidden left out."""
    lines: list[Answer] = []
    for each in fields:
        review = each.question.review
        if review.get("show") is False or each.widget == "hidden" or not each.has_value:
            continue
        label = str(review.get("name") or each.label)
        if each.is_masked:
            mask = review.get("mask")
            lines.append(Answer(label, str(mask) if mask else MASK, depth=depth))
        elif each.children:
            lines.append(Answer(label, "", depth=depth))
            lines.extend(answers(each.children, depth + 1))
        else:
            text = _shown(each)
            is_ref = bool(each.picker) and text.count(":") == 1 and "/" in text and "?" not in text
            lines.append(Answer(label, text, is_ref, depth))
    return lines


def _shown(each: Field) -> str:
    if each.kind == "list":
        chosen = set(selected_tokens(each))
        labels = [o.label for o in each.options if o.token in chosen]
        return ", ".join(labels or selected_tokens(each))
    if each.options:
        return next((o.label for o in each.options if o.value == each.value), as_text(each))
    if each.picker == "RepoUrlPicker":
        host, _, query = as_text(each).partition("?")
        parts = dict(pair.partition("=")[::2] for pair in query.split("&"))
        return f"{parts.get('owner', '')}/{parts.get('repo', '')} on {host}"
    return as_text(each)
