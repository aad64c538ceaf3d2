"""Submitted values against the schema of every page: no coercion, no defaults."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.exceptions import Unresolvable

from apps.scaffolder.domain.spec import InvalidTemplate, TemplateSpec

MAX_PROBLEMS = 100
_MAX_SCHEMA_DEPTH = 60
_FORMATS = FormatChecker(["date", "email", "ipv4", "ipv6", "regex"])


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def problems(spec: TemplateSpec, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """
    Return what is wrong with the values, by path of the field ("name", "ports[0].number").

    Every page's schema is applied to all values, as Backstage's server does. A problem that is
    the page's own and no field's has the path "".

    :raises InvalidTemplate: if a page's schema is itself wrong
    """
    found: dict[str, list[str]] = {}
    for number, page in enumerate(spec.pages):
        _collect(page.schema, values, f"spec.parameters[{number}]", found)
    return found


def page_problems(
    spec: TemplateSpec, number: int, values: Mapping[str, Any]
) -> dict[str, list[str]]:
    """
    Return what is wrong with the values as far as page `number` (from 0) says.

    :raises InvalidTemplate: if the page's schema is itself wrong
    """
    found: dict[str, list[str]] = {}
    _collect(spec.pages[number].schema, values, f"spec.parameters[{number}]", found)
    return found


def secret_problems(spec: TemplateSpec, secrets: Mapping[str, str]) -> dict[str, list[str]]:
    """
    Return what is wrong with the secrets by name; the messages never contain a value.

    :raises InvalidTemplate: if the template's secrets schema is itself wrong
    """
    if spec.secrets_schema is None:
        return {}
    found: dict[str, list[str]] = {}
    _collect(spec.secrets_schema, secrets, "spec.secrets.schema", found)
    return {
        name: ["This secret is missing or not in the form the template asks for."] for name in found
    }


def schema_problems(schema: Mapping[str, Any], value: Any, where: str) -> dict[str, list[str]]:
    """
    Return what is wrong with any value against any schema, by path.

    :raises InvalidTemplate: if the schema is itself wrong
    """
    found: dict[str, list[str]] = {}
    _collect(dict(schema), value, where, found)
    return found


def _collect(schema: dict[str, Any], value: Any, where: str, into: dict[str, list[str]]) -> None:
    try:
        tolerant = _tolerant(schema)
        Draft7Validator.check_schema(tolerant)
        validator = Draft7Validator(tolerant, format_checker=_FORMATS)
        for count, error in enumerate(validator.iter_errors(value)):
            if count >= MAX_PROBLEMS:
                break
            for path, message in _explain(error):
                sentences = into.setdefault(path, [])
                if message not in sentences:
                    sentences.append(message)
    except SchemaError as error:
        field = ".".join(str(part) for part in error.absolute_path)
        raise InvalidTemplate(
            f"The schema is wrong: {error.message[:300]}",
            where=f"{where}.{field}" if field else where,
        ) from error
    except Unresolvable as error:
        raise InvalidTemplate(
            f"The schema refers to something that is not there: {str(error)[:300]}", where=where
        ) from error


def _tolerant(schema: Any, *, depth: int = 0) -> Any:
    """
    Return a schema without slips that Backstage's validator overlooks, and real templates have.

    Names twice in `required` or `enum`, and things among `properties` that are no schema.
    """
    if depth > _MAX_SCHEMA_DEPTH or not isinstance(schema, dict | list):
        return schema
    if isinstance(schema, list):
        return [_tolerant(item, depth=depth + 1) for item in schema]
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"required", "enum"} and isinstance(value, list):
            result[key] = [item for at, item in enumerate(value) if item not in value[:at]]
        elif key == "properties" and isinstance(value, dict):
            kept = {name: part for name, part in value.items() if isinstance(part, dict | bool)}
            result[key] = {name: _tolerant(part, depth=depth + 1) for name, part in kept.items()}
        elif key in {"const", "default", "examples"}:
            result[key] = value
        else:
            result[key] = _tolerant(value, depth=depth + 1)
    return result


def _explain(error: ValidationError) -> Iterable[tuple[str, str]]:
    """Yield the path and the sentence of one error; of a choice, what its closest branch lacks."""
    if error.validator in {"oneOf", "anyOf"} and error.context:
        closest = _closest_branch(error.context)
        if closest:
            for inner in closest:
                yield from _explain(inner)
            return
    path = field_path(error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, Mapping):
        wanted: Any = error.validator_value
        for name in wanted:
            if name not in error.instance:
                yield (f"{path}.{name}" if path else str(name)), "This field is required."
        return
    if error.validator == "dependencies" or error.validator == "dependentRequired":
        yield path, error.message[:300]
        return
    yield path, _sentence(error)


def _closest_branch(context: Iterable[ValidationError]) -> list[ValidationError]:
    """Return the errors of the branch whose constants match, else of the one with the fewest."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    ranked = sorted(
        branches.values(),
        key=lambda errors: (
            any(error.validator in {"const", "enum"} for error in errors),
            len(errors),
        ),
    )
    return ranked[0] if ranked else []


def field_path(parts: Iterable[str | int]) -> str:
    """Return "ports[0].number" for ("ports", 0, "number")."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def _sentence(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(map(str, wanted))
            return f"This must be of type {kinds}."
        case "enum":
            return f"Choose one of: {', '.join(str(choice) for choice in wanted[:20])}."
        case "const":
            return f"This must be {wanted!r}."
        case "pattern":
            return f"This does not match the pattern {wanted}."
        case "minLength":
            return f"Use at least {wanted} characters." if wanted > 1 else "This must not be empty."
        case "maxLength":
            return f"Use at most {wanted} characters."
        case "minItems":
            return f"Add at least {wanted}."
        case "maxItems":
            return f"Use at most {wanted}."
        case "uniqueItems":
            return "Each entry may occur once only."
        case "minimum":
            return f"This must be at least {wanted}."
        case "maximum":
            return f"This must be at most {wanted}."
        case "format":
            return f"This is not a valid {wanted}."
        case "additionalProperties":
            return error.message[:300]
        case "not":
            return "This value is not allowed here."
    return error.message[:300]
