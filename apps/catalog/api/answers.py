"""Answers of the catalog API: JSON text from the database, passed on without being read."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.accounts.api_auth import actor_of
from apps.accounts.permissions import Actor, Permission, require
from apps.catalog.domain.projection import parse_fields, project
from apps.core.errors import InvalidInput

JSON_TYPE = "application/json; charset=utf-8"
MAX_LIMIT = 10_000


def reader(request: HttpRequest) -> Actor:
    """
    Return who reads the catalog.

    :raises Forbidden: without the scope catalog:read
    """
    actor = actor_of(request)
    require(actor, Permission.CATALOG_READ)
    return actor


def fields_of(request: HttpRequest) -> tuple[str, ...]:
    """Return the fields that the request asks for; none means all."""
    return parse_fields(request.GET.getlist("fields"))


def projected(texts: Iterable[str], fields: Sequence[str]) -> list[str]:
    """Return entities with the asked fields only."""
    if not fields:
        return list(texts)
    return [dump(project(json.loads(text), fields)) for text in texts]


def dump(value: Any) -> str:
    """Return JSON text as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer(text: str, *, status: int = 200) -> HttpResponse:
    """Return JSON text as an answer."""
    return HttpResponse(text, content_type=JSON_TYPE, status=status)


def array(texts: Iterable[str]) -> str:
    """Return JSON texts as one JSON array."""
    return f"[{','.join(texts)}]"


def number(
    request: HttpRequest, name: str, *, default: int, minimum: int = 0, maximum: int = MAX_LIMIT
) -> int:
    """
    Return a whole number among the parameters; above the maximum is the maximum.

    :raises InvalidInput: if it is not a number, or below the minimum
    """
    text = request.GET.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < minimum:
        raise InvalidInput(f"{name} must be a whole number of at least {minimum}.")
    return min(int(text), maximum)
