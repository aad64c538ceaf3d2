"""
What a browser posts ↔ the values of a form's fields.

A field posts under "v.<path>"; "seen" lists the paths that were on the page, because browsers send
nothing for an empty box. A text that is no number stays a text: the validator says so beside the
field, and nothing typed is lost. Pure.
"""

import copy
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from apps.scaffolder.domain.form_fields import token_of
from apps.scaffolder.domain.form_question import Field
from apps.scaffolder.domain.schema_form import MAX_ITEMS, Form, build_form

PREFIX = "v."
SEEN = "seen"
MASK = "********"
MAX_TEXT = 64 * 1024
_INTEGER = re.compile(r"[+-]?\d{1,20}")
_PART = re.compile(r"\[(\d{1,4})\]|([^.\[\]]+)")
_JOINT = re.compile(r"[.\[]")
_ROUNDS = 4
_TRUE = frozenset({"true", "on"})


class Posted(Protocol):
    """The part of Django's QueryDict that is used here."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[Any]: ...
    def __iter__(self) -> Iterator[str]: ...


def read_page(
    schema: Mapping[str, Any],
    values: Mapping[str, Any],
    posted: Posted,
    *,
    choices: dict[str, int],
    answered: frozenset[str] = frozenset(),
    secrets: dict[str, str],
) -> Form:
    """
    Return the form as it is after somebody has posted it.

    `values` are those of all pages so far. `choices` and `secrets` receive what was chosen and
    typed. The conditions are decided anew, so that a changed answer brings its fields.

    :raises FormTooLarge: if the page has too many fields
    """
    seen = seen_paths(posted)
    choices.update(posted_choices(posted))
    known = _with_rows(values, seen)
    for _ in range(_ROUNDS):
        form = build_form(schema, known, choices=choices, answered=answered | seen)
        own = read_values(form.fields, posted, seen, secrets)
        on_page = {each.name for each in form.fields}
        before, known = known, {k: v for k, v in known.items() if k not in on_page} | own
        if known == before:
            break
    return build_form(schema, known, choices=choices, answered=answered | seen)


def seen_paths(posted: Posted) -> frozenset[str]:
    """Return the paths of the fields that were on the posted page."""
    paths = {key.removeprefix(PREFIX) for key in posted if key.startswith(PREFIX)}
    paths |= {str(path) for path in posted.getlist(SEEN)}
    # Where a field was, what it lies in was too.
    return frozenset(paths | {path[: m.start()] for path in paths for m in _JOINT.finditer(path)})


def posted_choices(posted: Posted) -> dict[str, int]:
    """Return the alternatives that were chosen, by path."""
    found = {}
    for key in posted:
        path = key.removeprefix(PREFIX)
        text = str(posted.get(key) or "")
        if key.startswith(PREFIX) and "#" in path and text.isascii() and text.isdigit():
            found[path] = int(text[:4])
    return found


def read_values(
    fields: Iterable[Field], posted: Posted, seen: frozenset[str], secrets: dict[str, str]
) -> dict[str, Any]:
    """
    Return the values of sibling fields by name; a field that was not on the page keeps its own.

    `secrets` holds what was typed into Secret fields before, and receives what is typed now.
    """
    values: dict[str, Any] = {}
    for each in fields:
        if each.kind == "choice":
            continue
        if each.path not in seen:
            if each.has_value:
                values[each.name] = each.value
            continue
        has_value, value = _read(each, posted, seen, secrets)
        if has_value:
            values[each.name] = value
    return values


def post_data(fields: Iterable[Field]) -> list[tuple[str, str]]:
    """Return what a browser would post for these fields as they stand."""
    pairs: list[tuple[str, str]] = []
    for each in fields:
        if each.kind == "choice":
            pairs.append((PREFIX + each.path, str(each.value)))
            continue
        pairs.append((SEEN, each.path))
        if each.widget in {"group", "rows"}:
            pairs.extend(post_data(each.children))
        elif each.kind == "list" and each.has_value:
            pairs.extend((PREFIX + each.path, token) for token in selected_tokens(each))
        elif each.kind == "boolean" and each.widget == "checkbox":
            if each.value is True:
                pairs.append((PREFIX + each.path, "true"))
        elif each.kind != "fixed" and each.has_value:
            pairs.append((PREFIX + each.path, as_text(each)))
    return pairs


def as_text(each: Field) -> str:
    """Return the answer as the text that its control shows."""
    if not each.has_value or each.value is None:
        return ""
    if each.options:
        return next((o.token for o in each.options if o.value == each.value), "")
    if each.kind == "map" and isinstance(each.value, Mapping):
        return "\n".join(f"{name}: {value}" for name, value in each.value.items())
    if each.kind == "json" and not isinstance(each.value, str):
        return json.dumps(each.value, indent=2, ensure_ascii=False)
    return token_of(each.value)


def selected_tokens(each: Field) -> list[str]:
    """Return the tokens of the chosen options, or the values of a list without options."""
    listed = each.value if isinstance(each.value, list) else []
    if not each.options:
        return [token_of(value) for value in listed]
    return [option.token for option in each.options if option.value in listed]


def without_empty_rows(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are submitted: without rows that nobody filled in."""
    result = dict(values)
    for each in fields:
        if each.name not in result:
            continue
        if each.kind == "array" and isinstance(result[each.name], list):
            result[each.name] = [
                without_empty_rows(child.children, child.value)
                if child.kind == "object" and isinstance(child.value, Mapping)
                else child.value
                for child in each.children
                if child.has_value
            ]
        elif each.kind == "object" and isinstance(result[each.name], Mapping):
            result[each.name] = without_empty_rows(each.children, result[each.name])
    return result


def _read(
    each: Field, posted: Posted, seen: frozenset[str], secrets: dict[str, str]
) -> tuple[bool, Any]:
    if each.kind == "fixed":
        return True, each.value
    if each.kind == "object" and each.widget == "group":
        own = read_values(each.children, posted, seen, secrets)
        return bool(own) or each.question.required, own
    if each.kind == "array":
        rows = []
        for child in each.children:
            if child.path in seen:
                has_value, value = _read(child, posted, seen, secrets)
                rows.append(value if has_value else None)
        return True, rows
    if each.kind == "list":
        return True, _read_list(each, [str(t)[:MAX_TEXT] for t in posted.getlist(_key(each))])
    text = str(posted.get(_key(each), "") or "")[:MAX_TEXT]
    if each.is_secret:
        return _read_secret(each, text, secrets)
    if each.widget == "password" and not text and each.has_value:
        return True, each.value  # Never sent back to the browser, so an empty one is unchanged.
    if each.options:
        return _read_option(each, text)
    return _read_text(each, text)


def _read_list(each: Field, tokens: list[str]) -> list[Any]:
    if not each.options:
        return [token.strip() for token in tokens if token.strip()]
    return [option.value for option in each.options if option.token in tokens]


def _read_option(each: Field, text: str) -> tuple[bool, Any]:
    if each.kind == "boolean" and each.widget == "checkbox":
        return True, text in _TRUE
    for option in each.options:
        if option.token == text:
            return True, option.value
    return (True, text) if text else (False, None)


def _read_text(each: Field, text: str) -> tuple[bool, Any]:
    if each.kind == "string" and each.widget != "textarea":
        text = text.replace("\r", "").replace("\n", " ")
    text = text.replace("\r\n", "\n")
    if text == "":
        empty = each.question.ui("emptyValue")
        return (True, empty) if empty is not None else (False, None)
    if each.kind in {"integer", "number"}:
        return True, _number(text.strip())
    if each.kind == "map":
        return True, _map(text)
    if each.kind == "json":
        return True, _json(text)
    return True, text


def _read_secret(each: Field, text: str, secrets: dict[str, str]) -> tuple[bool, Any]:
    if text and text != MASK:
        secrets[each.name] = text
    return (True, MASK) if each.name in secrets else (False, None)


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _map(text: str) -> Any:
    entries = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon:
            return text
        entries[name.strip()] = value.strip()
    return entries


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _key(each: Field) -> str:
    return PREFIX + each.path


def _with_rows(values: Mapping[str, Any], seen: frozenset[str]) -> dict[str, Any]:
    """Return the values with as many rows in each list as the posted page had."""
    known: dict[str, Any] = copy.deepcopy(dict(values))
    for path in sorted(seen):
        parts = [int(n) if n else name for n, name in _PART.findall(path)]
        place: Any = known
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            fresh: Any = [] if isinstance(following, int) else {}
            if isinstance(part, int):
                if not isinstance(place, list) or part >= MAX_ITEMS:
                    break
                while len(place) <= part:
                    place.append(None)
                if following is not None and not isinstance(place[part], list | dict):
                    place[part] = fresh
                place = place[part]
            else:
                if not isinstance(place, dict):
                    break
                if following is not None and not isinstance(place.get(part), list | dict):
                    place[part] = fresh
                place = place.get(part)
    return known
