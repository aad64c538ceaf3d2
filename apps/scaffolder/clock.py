"""The database's clock: the only one that leases and schedules know."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """`clock_timestamp()`: the moment itself, unlike `now()`, which is the transaction's start."""

    function = "clock_timestamp"
    output_field = DateTimeField()


NOW = ClockTimestamp()


def database_now() -> datetime:
    """Return the database's moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
