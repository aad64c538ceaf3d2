"""The fields of single values: what one JSON Schema node with its `ui:*` keys asks for. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from apps.scaffolder.domain.form_question import MISSING, Field, Option, Question

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
