"""The shipped rules come with the tables: after each migration they are brought up to date."""

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from apps.scorecards import services
from apps.scorecards.models import Scorecard


def install_pack(using: str = DEFAULT_DB_ALIAS, **_signal: object) -> None:
    """Bring the pack in, unless this migration was one that took the tables away."""
    connection = connections[using]
    if using == DEFAULT_DB_ALIAS and Scorecard._meta.db_table in (
        connection.introspection.table_names()
    ):
        services.sync_pack(now=timezone.now())
