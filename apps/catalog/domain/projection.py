"""The `fields` parameter: which parts of an entity a client wants (backstage-spec.md section 2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.core.errors import InvalidInput

MAX_FIELDS = 100


def parse_fields(parameters: Iterable[str]) -> tuple[str, ...]:
    """
    Read comma-separated dotted paths.

    :raises InvalidInput: with array indices, or too many fields
    """
    fields = [part.strip() for text in parameters for part in text.split(",") if part.strip()]
    if len(fields) > MAX_FIELDS:
        raise InvalidInput(f"At most {MAX_FIELDS} fields can be asked for.")
    for field in fields:
        if "[" in field:
            raise InvalidInput(
                f"The field {field[:100]!r} has an index.", hint="Ask for the whole list."
            )
    return tuple(dict.fromkeys(fields))


def project(entity: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the named parts of an entity; parts that it lacks are left out."""
    result: dict[str, Any] = {}
    for field in fields:
        found = _walk(entity, field)
        if found is None:
            continue
        keys, value = found
        target = result
        for key in keys[:-1]:
            target = target.setdefault(key, {})
        target[keys[-1]] = value
    return result


def _walk(value: Any, path: str) -> tuple[list[str], Any] | None:
    """Follow a path; keys may have dots themselves, so the longest key that fits is taken."""
    if not isinstance(value, Mapping):
        return None
    if path in value:
        return [path], value[path]
    end = path.rfind(".")
    while end > 0:
        head = path[:end]
        if head in value:
            below = _walk(value[head], path[end + 1 :])
            if below is not None:
                return [head, *below[0]], below[1]
        end = path.rfind(".", 0, end)
    return None
