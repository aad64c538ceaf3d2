"""The address of the embedded broker: PGMQ in the portal's own database."""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import make_conninfo


def connection_string(database: Mapping[str, Any]) -> str:
    """
    Return the address of a database of Django's settings, as PGMQ's library wants it.

    Quoted twice: the library takes the text apart and joins it again without quotes.
    """
    return make_conninfo(
        host=_quoted(database["HOST"] or "localhost"),
        port=database["PORT"] or 5432,
        dbname=_quoted(database["NAME"]),
        user=_quoted(database["USER"] or "postgres"),
        password=_quoted(database["PASSWORD"] or "postgres"),
    )


def _quoted(value: str) -> str:
    return make_conninfo(password=value).removeprefix("password=")
