"""What every entity has: apiVersion, kind, metadata, spec (backstage-spec.md 1.1 and 1.2)."""

from collections.abc import Callable, Iterator
from typing import Any

from apps.catalog.domain import formats
from apps.catalog.domain.problems import FieldPath, Problem

ROOT_KEYS = ("apiVersion", "kind", "metadata", "spec")
LINK_KEYS = ("url", "title", "icon", "type")


def envelope_problems(entity: Any) -> list[Problem]:
    """Return everything that is wrong with the envelope of a document; all of it at once."""
    if not isinstance(entity, dict):
        return [
            Problem(
                f"A document must be an object, not {_type(entity)}.",
                hint="An entity has apiVersion, kind, metadata and spec.",
            )
        ]
    if "apiVersion" not in entity and "kind" not in entity:
        return [
            Problem(
                "This is not an entity: apiVersion and kind are missing.",
                hint="Name files of entities only, for example catalog-info.yaml.",
            )
        ]
    return [*_root(entity), *_metadata(entity.get("metadata"))]


def _root(entity: dict[str, Any]) -> Iterator[Problem]:
    for key in ("apiVersion", "kind"):
        value = entity.get(key)
        if key not in entity or value is None:
            yield _missing((key,), f"An entity has {key} at the top.")
        elif not isinstance(value, str) or not value:
            yield _wrong_type((key,), value, "a text")
    if "metadata" not in entity or entity["metadata"] is None:
        yield _missing(("metadata",), "An entity has metadata with a name.")
    elif not isinstance(entity["metadata"], dict):
        yield _wrong_type(("metadata",), entity["metadata"], "an object")
    spec = entity.get("spec")
    if "spec" in entity and not isinstance(spec, dict):
        yield _wrong_type(("spec",), spec, "an object")
    for key in entity:
        if key not in ROOT_KEYS:
            yield Problem(
                f"Unknown field {key}.",
                (key,),
                f"Only {', '.join(ROOT_KEYS)} stand at the top; move it below metadata or spec.",
            )
    version = entity.get("apiVersion")
    if isinstance(version, str) and version and not formats.is_api_version(version):
        yield Problem(
            f"{version[:100]!r} is no apiVersion.",
            ("apiVersion",),
            "It is for example backstage.io/v1alpha1.",
        )
    kind = entity.get("kind")
    if isinstance(kind, str) and kind and not formats.is_kind(kind):
        yield Problem(
            f"{kind[:100]!r} is no kind.", ("kind",), "Use letters and digits, at most 63."
        )


def _metadata(metadata: Any) -> Iterator[Problem]:
    if not isinstance(metadata, dict):
        return
    yield from _names(metadata)
    for key in ("title", "description", "uid", "etag"):
        value = metadata.get(key)
        if key in metadata and not (isinstance(value, str) and (value or key == "description")):
            yield _wrong_type(("metadata", key), value, "a text")
    yield from _map(metadata, "labels", formats.is_label_value, "a label: " + formats.NAME_HINT)
    yield from _map(
        metadata, "annotations", lambda value: isinstance(value, str), "text: put it in quotes."
    )
    yield from _tags(metadata)
    yield from _links(metadata)


def _names(metadata: dict[str, Any]) -> Iterator[Problem]:
    name = metadata.get("name")
    if name is None:
        yield _missing(("metadata", "name"), "Each entity has a name.")
    elif not formats.is_name(name):
        yield Problem(f"{_shown(name)} cannot be a name.", ("metadata", "name"), formats.NAME_HINT)
    if "namespace" in metadata and not formats.is_namespace(metadata["namespace"]):
        yield Problem(
            f"{_shown(metadata['namespace'])} cannot be a namespace.",
            ("metadata", "namespace"),
            "Use small letters and digits, with hyphens between them, at most 63 characters.",
        )


def _map(
    metadata: dict[str, Any], field: str, allowed: Callable[[Any], bool], expected: str
) -> Iterator[Problem]:
    if field not in metadata:
        return
    entries = metadata[field]
    if not isinstance(entries, dict):
        yield _wrong_type(("metadata", field), entries, "an object")
        return
    for key, value in entries.items():
        path = ("metadata", field, key)
        if not formats.is_key(key):
            yield Problem(
                f"{_shown(key)} cannot be a key of {field}.",
                path,
                "It is a name, or a domain, a slash and a name: example.com/project.",
            )
        if not allowed(value):
            yield Problem(f"The value {_shown(value)} is not allowed.", path, f"It is {expected}")


def _tags(metadata: dict[str, Any]) -> Iterator[Problem]:
    if "tags" not in metadata:
        return
    if not isinstance(metadata["tags"], list):
        yield _wrong_type(("metadata", "tags"), metadata["tags"], "a list")
        return
    for index, tag in enumerate(metadata["tags"]):
        if not formats.is_tag(tag):
            yield Problem(
                f"{_shown(tag)} cannot be a tag.",
                ("metadata", "tags", index),
                "Use small letters, digits, : + and #, with single hyphens between them, at most "
                "63 characters.",
            )


def _links(metadata: dict[str, Any]) -> Iterator[Problem]:
    if "links" not in metadata:
        return
    if not isinstance(metadata["links"], list):
        yield _wrong_type(("metadata", "links"), metadata["links"], "a list")
        return
    for index, link in enumerate(metadata["links"]):
        path: FieldPath = ("metadata", "links", index)
        if not isinstance(link, dict):
            yield _wrong_type(path, link, "an object with a url")
            continue
        yield from _link(link, path)


def _link(link: dict[str, Any], path: FieldPath) -> Iterator[Problem]:
    url = link.get("url")
    if url is None:
        yield _missing((*path, "url"), "Each link has a url.")
    elif not formats.is_absolute_url(url):
        yield Problem(
            f"{_shown(url)} is not an absolute URL.",
            (*path, "url"),
            "It begins with a scheme, such as https://.",
        )
    elif formats.is_dangerous_url(url):
        yield Problem(
            "The link would run as a script in the browser; it is shown as text.",
            (*path, "url"),
            "Use an https address.",
            level="warning",
        )
    for key in ("title", "icon", "type"):
        if key in link and not (isinstance(link[key], str) and link[key].strip()):
            yield Problem(f"The {key} of a link must not be blank.", (*path, key))


def _missing(path: FieldPath, hint: str) -> Problem:
    name = ".".join(str(part) for part in path)
    return Problem(f"The field {name} is missing.", path, hint)


def _wrong_type(path: FieldPath, value: Any, expected: str) -> Problem:
    name = ".".join(str(part) for part in path)
    return Problem(f"The field {name} must be {expected}, not {_type(value)}.", path)


def _type(value: Any) -> str:
    if value == "" and isinstance(value, str):
        return "empty"
    names = {
        type(None): "empty",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"
