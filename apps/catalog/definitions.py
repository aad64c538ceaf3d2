"""API definitions for reading: an outline of OpenAPI, AsyncAPI, GraphQL and protobuf texts."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core import yaml_guard

MAX_ITEMS = 400
HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
LANGUAGES = {"graphql": "graphql", "grpc": "protobuf"}


@dataclass(frozen=True)
class OutlineItem:
    """One operation, message or type: what kind of thing, its name, what it is for."""

    verb: str
    name: str
    summary: str = ""
    is_deprecated: bool = False


@dataclass(frozen=True)
class OutlineGroup:
    """Items that belong together under a title."""

    title: str
    items: tuple[OutlineItem, ...]


def language_of(type: str, text: str) -> str:
    """Return the language in which the text of a definition is highlighted."""
    return LANGUAGES.get(type.lower()) or ("json" if text.lstrip().startswith("{") else "yaml")


def parse(text: str) -> dict[str, Any]:
    """
    Return an OpenAPI or AsyncAPI text as a mapping.

    :raises UserFacingError: if it is no YAML or JSON that may be read; says the line
    """
    value = yaml_guard.load_one(text.encode(), where="the definition").value
    if not isinstance(value, dict):
        raise yaml_guard.InvalidYaml(
            "The definition is not a mapping.", line=1, hint="It should begin with openapi: 3.…"
        )
    return value


def outline(type: str, text: str) -> list[OutlineGroup]:
    """
    Return what a definition offers, in its own order.

    :raises UserFacingError: if an OpenAPI or AsyncAPI text cannot be read
    """
    kind = type.lower()
    if kind == "graphql":
        return _groups(_graphql(text))
    if kind == "grpc":
        return _groups(_protobuf(text))
    if kind == "openapi":
        return _groups(_openapi(parse(text)))
    if kind == "asyncapi":
        return _groups(_asyncapi(parse(text)))
    return []


def as_json(text: str) -> str:
    """
    Return an OpenAPI text as JSON.

    :raises UserFacingError: if it cannot be read
    """
    return json.dumps(parse(text), ensure_ascii=False)


Found = Iterator[tuple[str, OutlineItem]]


def _groups(found: Found) -> list[OutlineGroup]:
    groups: dict[str, list[OutlineItem]] = {}
    for count, (title, item) in enumerate(found):
        if count >= MAX_ITEMS:
            break
        groups.setdefault(title, []).append(item)
    return [OutlineGroup(title, tuple(items)) for title, items in groups.items()]


def _openapi(spec: Mapping[str, Any]) -> Found:
    for path, operations in _mapping(spec.get("paths")).items():
        for method in HTTP_METHODS:
            operation = _mapping(operations).get(method)
            if isinstance(operation, dict):
                tags = operation.get("tags")
                title = str(tags[0]) if isinstance(tags, list) and tags else "Operations"
                summary = str(operation.get("summary") or operation.get("operationId") or "")
                deprecated = operation.get("deprecated") is True
                yield title, OutlineItem(method.upper(), str(path), summary, deprecated)
    for name, schema in _mapping(_mapping(spec.get("components")).get("schemas")).items():
        yield "Schemas", OutlineItem("type", str(name), _line(_mapping(schema).get("description")))


def _asyncapi(spec: Mapping[str, Any]) -> Found:
    channels = _mapping(spec.get("channels"))
    for name, channel in channels.items():
        channel = _mapping(channel)
        verbs = [verb for verb in ("publish", "subscribe") if isinstance(channel.get(verb), dict)]
        for verb in verbs:
            summary = _line(channel[verb].get("summary") or channel.get("description"))
            yield "Channels", OutlineItem(verb, str(name), summary)
        if not verbs:
            address = str(channel.get("address") or name)
            yield "Channels", OutlineItem("channel", address, _line(channel.get("description")))
    for name, operation in _mapping(spec.get("operations")).items():
        operation = _mapping(operation)
        summary = _line(operation.get("summary") or operation.get("description"))
        yield "Operations", OutlineItem(str(operation.get("action", "")), str(name), summary)
    for name, message in _mapping(_mapping(spec.get("components")).get("messages")).items():
        summary = _line(_mapping(message).get("summary") or _mapping(message).get("title"))
        yield "Messages", OutlineItem("message", str(name), summary)


_GRAPHQL_TYPE = re.compile(
    r"^(?:extend )?(type|input|enum|interface|union|scalar) (\w+)[^{\n]{0,200}(\{[^}]{0,20000}\})?",
    re.MULTILINE,
)
_GRAPHQL_FIELD = re.compile(r"^[ \t]+(\w+)[^\n:]{0,500}:[ \t]*([^\n#]{1,100})", re.MULTILINE)
_ROOTS = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}


def _graphql(text: str) -> Found:
    for keyword, name, body in _GRAPHQL_TYPE.findall(text[: yaml_guard.MAX_BYTES]):
        if name in _ROOTS:
            for field, result in _GRAPHQL_FIELD.findall(body):
                yield _ROOTS[name], OutlineItem(name.lower(), field, result.strip())
        else:
            yield "Types", OutlineItem(keyword, name)


_PROTOBUF = re.compile(
    r"^[ \t]*(?:(service|message|enum)[ \t]+(\w+)"
    r"|rpc[ \t]+(\w+)[ \t]*\(([^)\n]{1,200})\)[ \t]*returns[ \t]*\(([^)\n]{1,200})\))",
    re.MULTILINE,
)


def _protobuf(text: str) -> Found:
    service = "Service"
    for match in _PROTOBUF.finditer(text[: yaml_guard.MAX_BYTES]):
        keyword, name, rpc, request, response = match.groups()
        if rpc:
            yield service, OutlineItem("rpc", rpc, f"{request.strip()} → {response.strip()}")
        elif keyword == "service":
            service = name
        else:
            yield "Messages", OutlineItem(keyword, name)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _line(value: object) -> str:
    return str(value or "").strip().split("\n", 1)[0][:200]
