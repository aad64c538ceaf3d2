"""`entities/by-query`: filtered, ordered pages of entities as the JSON text the database keeps."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.functions import Cast, Lower

from apps.accounts.permissions import Actor
from apps.catalog.domain.cursor import Cursor
from apps.catalog.domain.filters import All, check_key, parse_filters, parse_predicate
from apps.catalog.models import Entity
from apps.catalog.models.entity import EntityQuerySet
from apps.catalog.selectors.filtering import filter_q
from apps.core.errors import InvalidInput

MAX_TEXT = 200
MAX_TEXT_FIELDS = 20
# What has a column of its own is ordered by it; everything else by its search term.
ORDER_COLUMNS = {"metadata.name": "name", "metadata.namespace": "namespace", "kind": "kind"}


class TermValue(Func):
    """The value of a field among an entity's search terms: the first in order, or NULL."""

    template = (
        "(SELECT min(substr(term, length(%(key)s) + 1)) FROM unnest(%(terms)s) AS term"
        " WHERE starts_with(term, %(key)s))"
    )
    output_field = TextField()

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def, override]  # Django's own is untyped
        terms, key = self.source_expressions
        terms_sql, terms_parameters = compiler.compile(terms)
        key_sql, key_parameters = compiler.compile(key)
        sql = self.template % {"terms": terms_sql, "key": key_sql}
        return sql, [*key_parameters, *terms_parameters, *key_parameters]


class TermHolds(Func):
    """Whether some value of a field, among an entity's search terms, has a text in it."""

    template = (
        "EXISTS (SELECT 1 FROM unnest(%(terms)s) AS term WHERE starts_with(term, %(key)s)"
        " AND position(%(text)s IN substr(term, length(%(key)s) + 1)) > 0)"
    )
    output_field = BooleanField()

    def as_sql(self, compiler, connection, **extra):  # type: ignore[no-untyped-def, override]  # Django's own is untyped
        terms, key, text = self.source_expressions
        terms_sql, terms_parameters = compiler.compile(terms)
        key_sql, key_parameters = compiler.compile(key)
        text_sql, text_parameters = compiler.compile(text)
        sql = self.template % {"terms": terms_sql, "key": key_sql, "text": text_sql}
        return sql, [*terms_parameters, *key_parameters, *text_parameters, *key_parameters]


@dataclass(frozen=True)
class QueryPage:
    """A page of entities as JSON text, with the cursors of its neighbours."""

    items: tuple[str, ...]
    total: int
    next_cursor: str
    previous_cursor: str


def by_query(
    actor: Actor | None, cursor: Cursor, *, limit: int, offset: int = 0, with_total: bool = True
) -> QueryPage:
    """
    Return the page that a cursor points at; a fresh cursor points at the first page.

    :raises InvalidInput: if its filter, query, order or text cannot be understood
    """
    found = _filtered(actor, cursor)
    total = cursor.total
    if total is None:
        total = found.count() if with_total else 0
    rows = _rows(found, cursor, limit=limit, offset=offset)
    more = len(rows) > limit
    rows = rows[:limit]
    if cursor.is_previous:
        rows.reverse()
    known = replace(cursor, total=total)
    first = (rows[0][0], rows[0][1]) if rows else ()
    if rows and not cursor.first and not cursor.values:
        known = replace(known, first=first)
    following = ""
    if rows and (cursor.is_previous or more):
        following = replace(known, values=(rows[-1][0], rows[-1][1]), is_previous=False).encode()
    previous = ""
    if rows and cursor.values and first != cursor.first:
        previous = replace(known, values=first, is_previous=True).encode()
    return QueryPage(tuple(row[2] for row in rows), total, following, previous)


def _filtered(actor: Actor | None, cursor: Cursor) -> EntityQuerySet:
    found = Entity.objects.visible_to(actor)
    node = parse_filters(cursor.filters)
    if cursor.query is not None:
        node = All((node, parse_predicate(cursor.query)))
    found = found.filter(filter_q(node))
    if cursor.order_field:
        key = check_key(cursor.order_field)
        found = found.annotate(order=_order_expression(key))
        if key not in ORDER_COLUMNS:
            # Entities that lack the field of the order are left out, as Backstage does.
            found = found.filter(Q(terms__contains=[key]) & Q(("order__isnull", False)))
    if cursor.text.strip():
        found = found.filter(_text_condition(cursor))
    return found


def _order_expression(key: str) -> Lower | TermValue:
    if key in ORDER_COLUMNS:
        return Lower(ORDER_COLUMNS[key])
    return TermValue(F("terms"), Value(f"{key}="))


def _text_condition(cursor: Cursor) -> Q:
    text = cursor.text.strip().lower()
    if len(text) > MAX_TEXT or len(cursor.text_fields) > MAX_TEXT_FIELDS or "\0" in text:
        raise InvalidInput(
            f"The full text filter takes {MAX_TEXT} characters and {MAX_TEXT_FIELDS} fields."
        )
    fields: Sequence[str] = cursor.text_fields or (cursor.order_field or "metadata.uid",)
    condition = Q()
    for field in fields:
        key = check_key(field)
        condition |= Q(TermHolds(F("terms"), Value(f"{key}="), Value(text)))
    return condition


def _rows(
    found: EntityQuerySet, cursor: Cursor, *, limit: int, offset: int
) -> list[tuple[str | None, str, str]]:
    # A previous page is read backwards from its end.
    backwards = cursor.descending != cursor.is_previous if cursor.order_field else False
    uid_backwards = cursor.is_previous if not cursor.order_field else backwards
    if cursor.values:
        found = found.filter(_beyond(cursor, backwards=backwards, uid_backwards=uid_backwards))
    orders = [F("uid").desc() if uid_backwards else F("uid").asc()]
    if cursor.order_field:
        orders.insert(0, F("order").desc() if backwards else F("order").asc())
    else:
        found = found.annotate(order=Value(None, output_field=TextField()))
    rows = found.order_by(*orders).values_list("order", "uid", Cast("data", TextField()))
    return [(order, str(uid), text) for order, uid, text in rows[offset : offset + limit + 1]]


def _beyond(cursor: Cursor, *, backwards: bool, uid_backwards: bool) -> Q:
    value, uid_text = cursor.values
    try:
        uid = uuid.UUID(uid_text or "")
    except ValueError:
        raise InvalidInput("The cursor is malformed.") from None
    uid_lookup = "uid__lt" if uid_backwards else "uid__gt"
    if not cursor.order_field:
        return Q(**{uid_lookup: uid})
    if value is None or "\0" in value:
        raise InvalidInput("The cursor is malformed.")
    order_lookup = "order__lt" if backwards else "order__gt"
    return Q(**{order_lookup: value}) | Q(order=value, **{uid_lookup: uid})
