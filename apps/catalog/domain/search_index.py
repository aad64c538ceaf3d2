"""Which fields of an entity can be searched, and as what (backstage-spec.md section 2)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MAX_KEY = 200
MAX_VALUE = 200

# Walked neither here nor below; the four of metadata are added apart.
_LEFT_OUT = frozenset(
    {
        "attachments",
        "relations",
        "status",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.etag",
    }
)

Row = tuple[str, str | None]


class KeysCollide(ValueError):
    """Two keys of an entity are equal but for their case."""


def index_rows(entity: Mapping[str, Any]) -> list[Row]:
    """
    Return (key, value) of each searchable field: keys lower-cased, values as the entity has them.

    A value is None where it is null or too long: then one can only ask whether the field is there.

    :raises KeysCollide: if two keys are equal but for their case
    """
    rows: list[Row] = []
    spelled: dict[str, str] = {}
    _walk("", entity, rows, spelled)
    metadata = entity["metadata"]
    rows.append(("metadata.name", metadata["name"]))
    rows.append(("metadata.namespace", metadata.get("namespace", "default")))
    if metadata.get("uid"):
        rows.append(("metadata.uid", metadata["uid"]))
    rows.extend(
        (f"relations.{relation['type'].lower()}", relation["targetRef"])
        for relation in entity.get("relations", ())
    )
    return [row for row in rows if len(row[0]) <= MAX_KEY]


def _walk(path: str, value: Any, rows: list[Row], spelled: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            below = f"{path}.{key}" if path else str(key)
            if below in _LEFT_OUT:
                continue
            known = spelled.setdefault(below.lower(), below)
            if known != below:
                raise KeysCollide(f"The keys {known} and {below} differ in their case only.")
            _walk(below, item, rows, spelled)
    elif isinstance(value, list):
        for item in value:
            _walk(path, item, rows, spelled)
            if isinstance(item, str):
                rows.append((f"{path}.{item}".lower(), "true"))
    else:
        rows.append((path.lower(), _text(value)))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if value is True or value is False:
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        text = str(int(value))
    else:
        text = str(value)
    return text if len(text) <= MAX_VALUE else None


def terms(rows: Iterable[Row]) -> Iterator[str]:
    """Return the search terms of rows: `key`, and `key=value` lower-cased where there is one."""
    seen: set[str] = set()
    for key, value in rows:
        # A key with "=" could not be told from key and value, and no filter can name it.
        if "=" in key:
            continue
        for term in (key, key if value is None else f"{key}={value.lower()}"):
            if term not in seen:
                seen.add(term)
                yield term
