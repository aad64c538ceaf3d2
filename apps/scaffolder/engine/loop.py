"""Draining the queue without a broker, and sweeping what nobody works on."""

import logging
import threading
import time
import uuid

from django.db import DatabaseError, OperationalError, close_old_connections, connection

from apps.scaffolder.clock import NOW
from apps.scaffolder.engine.execution import execute
from apps.scaffolder.engine.lease import claim
from apps.scaffolder.models import RunSecret

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0


def run_one(run_id: uuid.UUID | None = None) -> bool:
    """
    Claim and execute one due run (or this one); tell whether there was one.

    :raises django.db.DatabaseError: if the database does not answer
    """
    lease = claim(run_id=run_id)
    if lease is None:
        return False
    execute(lease)
    return True


def drain(*, stop: threading.Event | None = None) -> int:
    """
    Execute due runs until none is left; return how many there were.

    :raises django.db.DatabaseError: if the database does not answer
    """
    count = 0
    while not (stop and stop.is_set()) and run_one():
        count += 1
    return count


def sweep() -> None:
    """Delete secrets whose time is over; runs with a lost lease are found by the next claim."""
    RunSecret.objects.filter(expires_at__lte=NOW).delete()


def run_forever(stop: threading.Event) -> None:
    """Drain and sweep every five seconds until `stop` is set; survives the database going away."""
    while not stop.is_set():
        began = time.monotonic()
        try:
            close_old_connections()
            drain(stop=stop)
            sweep()
        except (OperationalError, DatabaseError) as error:
            logger.warning("The database does not answer: %s", error)
            connection.close()
        stop.wait(max(0.1, POLL_SECONDS - (time.monotonic() - began)))
