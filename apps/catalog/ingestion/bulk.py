"""Writing many rows at once: PostgreSQL's COPY, with ids taken from the table's sequence."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

# One lock for all writers of entities, so that elections of names have one order.
WRITE_LOCK = 0x43415445


def lock_for_writing() -> None:
    """Wait for the other writers of the catalog; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITE_LOCK])


def take_ids(model: type[models.Model], count: int) -> list[int]:
    """Return so many new primary keys."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows; `columns` are names of columns, JSON values come as text."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    statement = f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def as_json(value: Any) -> str:
    """Return a value as JSON text for a jsonb column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
