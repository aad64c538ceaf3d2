"""What /readyz and `doctor` check: database, migrations, broker, workers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from celery import current_app
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.core.models import Heartbeat

WORKER_SEEN_WITHIN = timedelta(minutes=1)
BROKER_TIMEOUT_SECONDS = 3


@dataclass(frozen=True)
class Check:
    """One part of the portal: its name, whether it works, and what to do where not."""

    name: str
    ok: bool
    message: str


def record_heartbeat(name: str) -> None:
    """Write that a process of this kind works just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def check_all(*, now: datetime) -> list[Check]:
    """Return every check; later ones are left out where the database does not answer."""
    database = check_database()
    if not database.ok:
        return [database]
    return [database, check_migrations(), check_broker(), check_worker(now=now)]


def check_database() -> Check:
    """Ask the database for one row."""
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        return Check("database", False, f"The database does not answer: {reason}")
    return Check("database", True, "answers")


_applied: set[str] = set()


def check_migrations() -> Check:
    """Tell whether every migration of this version has been applied."""
    # Applied migrations do not go away while the process runs; looking once is enough.
    if "all" in _applied:
        return Check("migrations", True, "applied")
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Check(
            "migrations", False, f"{len(plan)} migrations are missing: run manage.py migrate."
        )
    _applied.add("all")
    return Check("migrations", True, "applied")


def check_broker() -> Check:
    """Open a connection to the task broker."""
    try:
        with current_app.connection_for_read() as connection:
            connection.ensure_connection(
                max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_SECONDS
            )
    except (OperationalError, OSError, psycopg.Error) as error:
        reason = str(error).strip().split("\n", 1)[0]
        return Check("broker", False, f"The task broker does not answer: {reason}")
    return Check("broker", True, "answers")


def check_worker(*, now: datetime) -> Check:
    """Tell whether a worker has consumed a task in the last minute."""
    seen = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    if seen is None:
        return Check("worker", False, "No worker has been seen yet: start one (see the Procfile).")
    age = now - seen
    if age > WORKER_SEEN_WITHIN:
        seconds = int(age.total_seconds())
        return Check("worker", False, f"No worker has been seen for {seconds} s: start one.")
    return Check("worker", True, f"seen {max(0, int(age.total_seconds()))} s ago")
