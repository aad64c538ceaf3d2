"""
A page of a golden path as fields: JSON Schema (draft-07) with Backstage's `ui:*` keys → field tree.

The tree depends on the current values: only fields whose conditions hold exist, so what is hidden
is not submitted. `form_values` turns what a browser posts into values; the validator has the last
word. Facts: Backstage's scaffolder form (react-jsonschema-form 5). Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import UserFacingError
from apps.scaffolder.domain.active_schema import (
    ActiveObject,
    Schema,
    dereferenced,
    resolve_object,
)
from apps.scaffolder.domain.form_conditions import controlling_names, declared_names
from apps.scaffolder.domain.form_fields import (
    default_of,
    json_field,
    leaf_kind,
    options_of,
    scalar_field,
)
from apps.scaffolder.domain.form_question import MISSING, Field, Option, Question, whole

MAX_FIELDS = 600
MAX_DEPTH = 8
MAX_ITEMS = 100
_SETTLE_ROUNDS = 12


class FormTooLarge(UserFacingError):
    """A template asks for more fields than a form can have."""


@dataclass(frozen=True)
class Form:
    """The fields of a page and the values of exactly these fields, defaults filled in."""

    fields: tuple[Field, ...]
    values: dict[str, Any]

    def walk(self) -> list[Field]:
        """Return every field, parents before their children."""
        found: list[Field] = []
        pending = list(reversed(self.fields))
        while pending:
            current = pending.pop()
            found.append(current)
            pending.extend(reversed(current.children))
        return found


def build_form(
    schema: Schema,
    values: Mapping[str, Any],
    *,
    choices: Mapping[str, int] | None = None,
    answered: frozenset[str] = frozenset(),
) -> Form:
    """
    Return the form of a page for the values of all pages.

    `choices` are the alternatives chosen, by path; `answered` the paths a person has seen, so that
    a field that was cleared does not get its default back.

    :raises FormTooLarge: if the page has more than MAX_FIELDS fields
    """
    builder = _Builder(schema, dict(choices or {}), answered)
    declared = declared_names(schema)
    conditions = dict(values)
    fields: list[Field] = []
    # Defaults decide conditions, which bring fields with defaults of their own; and what was typed
    # into a field that is hidden now decides nothing.
    for _ in range(_SETTLE_ROUNDS):
        builder.count = 0
        fields = builder.object_fields(schema, conditions, values, path="", depth=0)
        others = {name: value for name, value in values.items() if name not in declared}
        settled = {**others, **values_of(fields)}
        if settled == conditions:
            break
        conditions = settled
    return Form(fields=tuple(fields), values=values_of(fields))


def values_of(fields: list[Field] | tuple[Field, ...]) -> dict[str, Any]:
    """Return the answers of sibling fields by name."""
    return {each.name: each.value for each in fields if each.has_value and each.kind != "choice"}


class _Builder:
    """Builds fields, and counts them: a template is written by somebody else."""

    def __init__(self, root: Schema, choices: dict[str, int], answered: frozenset[str]) -> None:
        self._root = root
        self._choices = choices
        self._answered = answered
        self.count = 0

    def object_fields(
        self,
        schema: Schema,
        conditions: Mapping[str, Any],
        value: Mapping[str, Any],
        *,
        path: str,
        depth: int,
    ) -> list[Field]:
        """Return the fields that hold for `conditions`, answered with `value`, in order."""
        selected: list[int] = []
        while (key := f"{path}#{len(selected)}") in self._choices:
            selected.append(self._choices[key])
        active = resolve_object(schema, conditions, root=self._root, selected=selected)
        controlling = controlling_names(schema)
        fields = [
            _choice_field(choice.labels, choice.selected, f"{path}#{number}")
            for number, choice in enumerate(active.choices)
        ]
        for name in _ordered(active):
            question = Question(
                path=f"{path}.{name}" if path else name,
                name=name,
                schema=dereferenced(active.properties[name], self._root),
                required=name in active.required,
                is_controlling=name in controlling,
            )
            fields.append(self._field(question, value.get(name, MISSING), depth))
        return fields

    def _field(self, question: Question, value: Any, depth: int) -> Field:
        self.count += 1
        if self.count > MAX_FIELDS:
            raise FormTooLarge(
                f"The form has more than {MAX_FIELDS} fields.",
                hint="Ask the owner of this golden path to split it into several.",
            )
        if value is MISSING and question.path not in self._answered:
            value = default_of(question.schema)
        kind = leaf_kind(question.schema)
        if question.picker and kind in {"string", "array"} and not _has_items(question):
            return _picker_field(question, kind, value)
        if depth >= MAX_DEPTH:
            return json_field(question, value, kind)
        if kind == "object" and not options_of(question.schema, question):
            return self._object(question, value, depth)
        if kind == "array":
            return self._array(question, value, depth)
        return scalar_field(question, kind, value)

    def _object(self, question: Question, value: Any, depth: int) -> Field:
        known = dict(value) if isinstance(value, Mapping) else {}
        children = self.object_fields(
            question.schema, known, known, path=question.path, depth=depth + 1
        )
        if not children:
            return _free_object(question, value)
        own = values_of(children)
        return Field(
            question,
            "object",
            "group",
            value=own,
            has_value=bool(own) or question.required,
            children=tuple(children),
        )

    def _array(self, question: Question, value: Any, depth: int) -> Field:
        items = dereferenced(question.schema.get("items"), self._root)
        if not items:
            return json_field(question, value, "list")
        listed = list(value)[:MAX_ITEMS] if isinstance(value, list | tuple) else []
        options = options_of(items, question)
        wanted = question.wanted_widget
        one_box_each = question.schema.get("uniqueItems") or wanted in {"checkboxes", "select"}
        if options and (one_box_each or leaf_kind(items) == "object"):
            widget = "select" if wanted == "select" else "checkboxes"
            return Field(
                question,
                "list",
                widget,
                value=listed,
                has_value=True,
                options=options,
            )
        minimum = whole(question.schema.get("minItems"), 0)
        listed += [MISSING] * (min(minimum, MAX_ITEMS) - len(listed))
        children = [
            self._field(_item_question(question, items, number), item, depth + 1)
            for number, item in enumerate(listed)
        ]
        maximum = min(whole(question.schema.get("maxItems"), MAX_ITEMS), MAX_ITEMS)
        return Field(
            question,
            "array",
            "rows",
            value=[child.value if child.has_value else None for child in children],
            has_value=True,
            children=tuple(children),
            can_add=question.ui("addable", True) is not False and len(listed) < maximum,
            can_remove=question.ui("removable", True) is not False and len(listed) > minimum,
            can_move=question.ui("orderable", True) is not False and len(listed) > 1,
        )


def _choice_field(labels: tuple[str, ...], selected: int, path: str) -> Field:
    return Field(
        Question(path=path, name=path, schema={"title": "Choose one"}, is_controlling=True),
        "choice",
        "radio" if len(labels) <= 4 else "select",
        value=selected,
        has_value=True,
        options=tuple(
            Option(token=str(index), value=index, label=label) for index, label in enumerate(labels)
        ),
    )


def _picker_field(question: Question, kind: str, value: Any) -> Field:
    """Return the field of a `ui:field`; which pickers there are is not known here."""
    answered = value is not MISSING and value is not None
    if kind == "array":
        return Field(question, "list", "picker", value=value if answered else [], has_value=True)
    return Field(
        question, "string", "picker", value=value if answered else None, has_value=answered
    )


def _free_object(question: Question, value: Any) -> Field:
    """Return the field of an object whose keys are free: lines of "name: value", else JSON."""
    values = question.schema.get("additionalProperties")
    of_texts = isinstance(values, Mapping) and leaf_kind(values) == "string"
    if not of_texts:
        return json_field(question, value, "object")
    answered = isinstance(value, Mapping)
    return Field(
        question,
        "map",
        "textarea",
        value=dict(value) if answered else None,
        has_value=answered,
        notice="One entry on each line, as name: value",
    )


def _has_items(question: Question) -> bool:
    """An array whose items have a picker of their own is shown as rows."""
    items = question.schema.get("items")
    return isinstance(items, Mapping) and "ui:field" in items


def _item_question(question: Question, items: Mapping[str, Any], number: int) -> Question:
    title = items.get("title") or f"{question.label} {number + 1}"
    return Question(
        path=f"{question.path}[{number}]",
        name=str(number),
        schema={**items, "title": title},
        required=leaf_kind(items) != "object",
    )


def _ordered(active: ActiveObject) -> list[str]:
    """Return the names of the properties in the order of `ui:order`, where "*" is the rest."""
    names = list(active.properties)
    order = active.ui.get("ui:order")
    if not isinstance(order, list):
        return names
    listed = [name for name in order if name in active.properties or name == "*"]
    rest = [name for name in names if name not in listed]
    if "*" not in listed:
        return [*listed, *rest]
    star = listed.index("*")
    return [*listed[:star], *rest, *(name for name in listed[star + 1 :] if name != "*")]
