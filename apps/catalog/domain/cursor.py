"""The cursor of `entities/by-query`: base64 of JSON, as Backstage's (backstage-spec.md 2)."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import InvalidInput

MAX_CURSOR = 40_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Where a page begins and what it is a page of.

    `values` is [order value or None, uid] of the row beside which the page lies, empty for the
    first page; `first` is the same of the very first row, so that a previous page has an end.
    """

    order_field: str = ""
    descending: bool = False
    filters: tuple[str, ...] = ()
    query: Any = None
    text: str = ""
    text_fields: tuple[str, ...] = ()
    values: tuple[str | None, ...] = ()
    first: tuple[str | None, ...] = ()
    is_previous: bool = False
    total: int | None = field(default=None)

    def encode(self) -> str:
        """Return the text that a client sends back."""
        orders = []
        if self.order_field:
            order = "desc" if self.descending else "asc"
            orders.append({"field": self.order_field, "order": order})
        content: dict[str, Any] = {
            "orderFields": orders,
            "orderFieldValues": list(self.values),
            "firstSortFieldValues": list(self.first),
            "isPrevious": self.is_previous,
            "totalItems": self.total,
        }
        if self.filters:
            content["filter"] = list(self.filters)
        if self.query is not None:
            content["query"] = self.query
        if self.text:
            content["fullTextFilter"] = {"term": self.text, "fields": list(self.text_fields)}
        raw = json.dumps(content, separators=(",", ":")).encode()
        return base64.b64encode(raw).decode()


def decode_cursor(text: str) -> Cursor:
    """
    Read a cursor that a client sent back.

    :raises InvalidInput: if it is none of ours
    """
    if len(text) > MAX_CURSOR:
        raise _malformed()
    try:
        content = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(content, dict):
        raise _malformed()
    orders = content.get("orderFields", [])
    full_text = content.get("fullTextFilter") or {}
    total = content.get("totalItems")
    try:
        order = orders[0] if orders else {}
        return Cursor(
            order_field=_text(order.get("field", "")),
            descending=order.get("order") == "desc",
            filters=_texts(content.get("filter", [])),
            query=content.get("query"),
            text=_text(full_text.get("term", "")),
            text_fields=_texts(full_text.get("fields", [])),
            values=_values(content.get("orderFieldValues", [])),
            first=_values(content.get("firstSortFieldValues", [])),
            is_previous=content.get("isPrevious") is True,
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
        )
    except (AttributeError, TypeError, LookupError):
        raise _malformed() from None


def _malformed() -> InvalidInput:
    return InvalidInput("The cursor is malformed.", hint="Send back pageInfo.nextCursor unchanged.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(item) for item in value)


def _values(value: Any) -> tuple[str | None, ...]:
    if not isinstance(value, list) or len(value) not in {0, 2}:
        raise TypeError
    return tuple(None if item is None else _text(item) for item in value)
