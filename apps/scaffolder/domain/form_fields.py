"""A single question of a form: what one JSON Schema node with its `ui:*` keys asks for. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_OPTIONS = 500

# Inputs that browsers check and present themselves, by `ui:widget` or `format`.
_TEXT_INPUTS = {
    "email": "email",
    "uri": "url",
    "url": "url",
    "date": "date",
    "time": "time",
    "color": "color",
    "textarea": "textarea",
    "password": "password",
    "hidden": "hidden",
    "EntityNamePicker": "text",
}
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


def leaf_kind(schema: Mapping[str, Any]) -> str:
    """Return the kind of field for a schema, guessed where it names no type."""
    wanted = schema.get("type")
    if isinstance(wanted, list):
        wanted = next((each for each in wanted if each != "null"), "null")
    if wanted in {"string", "number", "integer", "boolean", "array", "object", "null"}:
        return str(wanted)
    if "properties" in schema or "dependencies" in schema:
        return "object"
    if "items" in schema:
        return "array"
    sample = schema.get("default", schema.get("const", MISSING))
    if sample is MISSING and isinstance(schema.get("enum"), list) and schema["enum"]:
        sample = schema["enum"][0]
    return _kind_of_value(sample)


def _kind_of_value(sample: Any) -> str:
    if isinstance(sample, bool):
        return "boolean"
    if isinstance(sample, int):
        return "integer"
    if isinstance(sample, float):
        return "number"
    if isinstance(sample, list):
        return "array"
    return "object" if isinstance(sample, Mapping) else "string"


def default_of(schema: Mapping[str, Any]) -> Any:
    """Return the value a field begins with, or MISSING."""
    if "const" in schema:
        return schema["const"]
    if "default" in schema:
        return schema["default"]
    return None if schema.get("type") == "null" else MISSING


def scalar_field(question: Question, kind: str, value: Any) -> Field:
    """Return the field of a string, number, integer or boolean."""
    schema = question.schema
    answered = value is not MISSING
    options = options_of(schema, question)
    fixed = kind == "null" or ("const" in schema and not options)
    if fixed:
        widget = "hidden" if question.wanted_widget == "hidden" else "fixed"
        return Field(question, "fixed", widget, value=default_of(schema), has_value=True)
    if kind == "boolean":
        return _boolean(question, value, options)
    return Field(
        question,
        kind,
        _widget(question, kind, options),
        value=value if answered else None,
        has_value=answered and value is not None,
        options=options,
    )


def json_field(question: Question, value: Any, kind: str) -> Field:
    """Return the field for a shape that no form control fits: JSON as text."""
    answered = value is not MISSING
    return Field(
        question,
        "json",
        "textarea",
        value=value if answered else None,
        has_value=answered,
        notice=f"This form cannot show this {kind} as fields: write it as JSON.",
    )


def options_of(schema: Mapping[str, Any], question: Question) -> tuple[Option, ...]:
    """Return the values to choose from `enum`, or from `oneOf` of constants."""
    listed = schema.get("enum")
    names = schema.get("enumNames") or question.ui("enumNames") or []
    if not isinstance(listed, list):
        constants = schema.get("oneOf") or schema.get("anyOf")
        if not isinstance(constants, list) or not all(
            isinstance(each, Mapping) and "const" in each for each in constants
        ):
            return ()
        listed = [each["const"] for each in constants]
        names = [each.get("title") for each in constants]
    disabled = question.ui("enumDisabled") or []
    seen: set[str] = set()
    options = []
    for number, value in enumerate(listed[:MAX_OPTIONS]):
        token = token_of(value)
        if token in seen:  # The string "1" beside the number 1.
            token = f"{token}#{number}"
        seen.add(token)
        options.append(
            Option(
                token=token,
                value=value,
                label=_option_label(value, names, number),
                disabled=isinstance(disabled, list) and value in disabled,
            )
        )
    return tuple(options)


def token_of(value: Any) -> str:
    """Return the text that stands for a value in a browser: strings as they are, else JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def whole(value: Any, otherwise: int) -> int:
    """Return an integer keyword of a schema, or a default where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _boolean(question: Question, value: Any, options: tuple[Option, ...]) -> Field:
    if not options:
        names = question.schema.get("enumNames") or []
        yes = question.ui("trueLabel") or (names[0] if len(names) > 0 else "Yes")
        no = question.ui("falseLabel") or (names[1] if len(names) > 1 else "No")
        options = (Option("true", True, str(yes)), Option("false", False, str(no)))
    widget = question.wanted_widget
    if widget not in {"radio", "select", "hidden"}:
        widget = "checkbox"
    return Field(
        question,
        "boolean",
        widget,
        value=value if value is not MISSING else None,
        has_value=value is not MISSING,
        options=options,
    )


def _widget(question: Question, kind: str, options: tuple[Option, ...]) -> str:
    wanted = question.wanted_widget
    if wanted == "hidden":
        return "hidden"
    if options:
        return "radio" if wanted == "radio" else "select"
    if kind in {"number", "integer"}:
        return "range" if wanted == "range" else "number"
    by_format = _TEXT_INPUTS.get(str(question.schema.get("format") or ""), "text")
    return _TEXT_INPUTS.get(wanted, by_format)


def _option_label(value: Any, names: Any, number: int) -> str:
    if isinstance(names, list) and number < len(names) and names[number] is not None:
        return str(names[number])[:300]
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return str(value["name"])[:300]
    return token_of(value)[:300]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
