"""Installs PGMQ's SQL where the broker is the portal's own PostgreSQL."""

from typing import Any

from django.conf import settings
from django.db import connections
from pgmq.install import get_embedded_install_sql


def install_pgmq(*, using: str = "default", **_signal: Any) -> None:
    """Create the schema `pgmq` once; a post_migrate receiver, so tests have it too."""
    if not settings.CELERY_BROKER_URL.startswith("pgmq"):
        return
    connection = connections[using]
    with connection.cursor() as cursor:
        # Two processes may migrate at once; the lock lets one install.
        cursor.execute("SELECT pg_advisory_lock(%s)", [0x50474D51])
        try:
            cursor.execute("SELECT to_regclass('pgmq.meta')")
            if cursor.fetchone()[0] is None:
                cursor.execute(get_embedded_install_sql().replace("%", "%%"), [])
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [0x50474D51])
