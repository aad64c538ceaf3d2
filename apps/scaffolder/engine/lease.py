"""A lease on a run: claimed, kept by a heartbeat, and the key to every later write."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from apps.core import audit
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.models import Run

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 5.0
# Longest outside call plus a margin (reliability.md 3.3).
CALL_SECONDS = 20.0 + 5.0

_CLAIM = """
WITH due AS (
    SELECT id, state, epoch FROM scaffolder_run
    WHERE (%(run_id)s::uuid IS NULL OR id = %(run_id)s::uuid)
      AND (
        (state IN ('queued', 'waiting') AND next_attempt_at <= clock_timestamp())
        OR (state = 'running' AND lease_until < clock_timestamp())
      )
    ORDER BY priority, next_attempt_at, id
    FOR UPDATE SKIP LOCKED LIMIT 1
)
UPDATE scaffolder_run AS run
SET state = 'running',
    epoch = run.epoch + 1,
    owner = %(owner)s,
    lease_until = clock_timestamp() + %(lease)s * interval '1 second',
    waiting_reason = '',
    attempts = run.attempts + CASE WHEN due.state = 'running' THEN 1 ELSE 0 END,
    started_at = COALESCE(run.started_at, clock_timestamp())
FROM due WHERE run.id = due.id
RETURNING run.id, run.epoch, due.state
"""

_RENEW = """
UPDATE scaffolder_run
SET lease_until = clock_timestamp() + %s * interval '1 second'
WHERE id = %s AND epoch = %s AND state = 'running'
RETURNING cancel_requested_at IS NOT NULL
"""


class Fenced(Exception):
    """Another worker owns the run now; this one must stop at once and write nothing."""


class RunCancelled(Exception):
    """Somebody asked the run to stop, and this is a place where it can."""


def process_name() -> str:
    """Return the name under which this thread of this process owns runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:120]


@dataclass
class Lease:
    """The right to work on one run; `taken_over` if its last owner did not give it back."""

    run_id: uuid.UUID
    epoch: int
    taken_over: bool
    renewed_at: float
    cancel_requested: bool = False
    lost: bool = False

    @contextmanager
    def writing(self) -> Iterator[Run]:
        """
        Open a transaction in which the run's row is locked and known to be ours.

        :raises Fenced: if it is not
        """
        with transaction.atomic():
            run = (
                Run.objects.select_for_update(of=("self",))
                .select_related("requested_by")
                .filter(pk=self.run_id, epoch=self.epoch, state=RunState.RUNNING)
                .first()
            )
            if run is None:
                self.lost = True
                raise Fenced(f"Run {self.run_id} has another owner than epoch {self.epoch}.")
            yield run

    def check(self) -> None:
        """
        Return if the run is still ours and nobody wants it to stop.

        :raises Fenced: if it is not ours
        :raises RunCancelled: if it is to stop
        """
        if self.lost or self.seconds_left <= 0:
            raise Fenced(f"The lease of run {self.run_id} is lost.")
        if self.cancel_requested:
            raise RunCancelled(str(self.run_id))

    @property
    def seconds_left(self) -> float:
        """How long the lease holds at least; measured from before the last renewal was sent."""
        return LEASE_SECONDS - (time.monotonic() - self.renewed_at)

    def before_call(self) -> None:
        """
        Make sure that the lease outlasts one outside call.

        :raises Fenced: if the run is not ours any more
        """
        if self.lost:
            raise Fenced(f"The lease of run {self.run_id} is lost.")
        if self.seconds_left < CALL_SECONDS:
            self.renew()

    def renew(self) -> None:
        """
        Extend the lease.

        :raises Fenced: if the run is not ours any more
        """
        sent = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, [LEASE_SECONDS, self.run_id, self.epoch])
            row = cursor.fetchone()
        if row is None:
            self.lost = True
            raise Fenced(f"Run {self.run_id} has another owner than epoch {self.epoch}.")
        self.renewed_at = sent
        self.cancel_requested = bool(row[0])


def claim(*, run_id: uuid.UUID | None = None) -> Lease | None:
    """Take one due run (or this one, if it is due), or return None; never waits for another."""
    sent = time.monotonic()
    values: dict[str, Any] = {
        "run_id": run_id,
        "owner": process_name(),
        "lease": LEASE_SECONDS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
        if row is None:
            return None
        claimed_id, epoch, before = row
        if before != RunState.RUNNING:
            audit.record(
                action="scaffolder.claim_run",
                object_kind="run",
                object_id=str(claimed_id),
                actor=audit.SYSTEM,
                detail={"state": {"before": before, "after": RunState.RUNNING.value}},
            )
    return Lease(
        run_id=claimed_id,
        epoch=epoch,
        taken_over=before == RunState.RUNNING,
        renewed_at=sent,
    )


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew the lease every five seconds from a thread with a connection of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, stop), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=HEARTBEAT_SECONDS)


def _beat(lease: Lease, stop: threading.Event) -> None:
    try:
        while not stop.wait(HEARTBEAT_SECONDS):
            try:
                lease.renew()
            except Fenced:
                return
            except DatabaseError as error:
                # The lease runs on; the next beat tries again with a new connection.
                logger.warning("Lease of run %s not renewed: %s", lease.run_id, error)
                connection.close()
    finally:
        connection.close()
