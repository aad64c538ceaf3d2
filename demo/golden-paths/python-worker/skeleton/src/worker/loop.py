"""Take a job, do it, go on; stop between two jobs."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from worker.jobs import TryAgain, handle
from worker.spool import Job, Spool

log = logging.getLogger("worker")
MAX_ATTEMPTS = 3


class Loop:
    """Runs until `stop` is set; touches `heartbeat` so that a probe sees that it is alive."""

    def __init__(
        self,
        spool: Spool,
        heartbeat: Path,
        work: Callable[[dict[str, Any]], str] = handle,
        pause: float = 1.0,
    ) -> None:
        self._spool = spool
        self._heartbeat = heartbeat
        self._work = work
        self._pause = pause
        self.stop = threading.Event()

    def run(self) -> None:
        """Work until told to stop; the job in hand is finished first."""
        while not self.stop.is_set():
            self._heartbeat.touch()
            if not self.run_once():
                self.stop.wait(self._pause)

    def run_once(self) -> bool:
        """Do one job if there is one; tell whether there was."""
        job = self._spool.claim()
        if job is None:
            return False
        started = time.perf_counter()
        try:
            sentence = self._work(job.payload)
        except TryAgain as reason:
            self._retry(job, str(reason))
        except Exception:
            # One broken job must not stop the others; people find it in `failed`.
            log.exception("failed", extra={"job": job.name, "attempt": job.attempt})
            self._spool.give_up(job)
        else:
            self._spool.done(job)
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            log.info(sentence, extra={"job": job.name, "milliseconds": milliseconds})
        return True

    def _retry(self, job: Job, reason: str) -> None:
        extra = {"job": job.name, "attempt": job.attempt}
        if job.attempt >= MAX_ATTEMPTS:
            log.error("gave up: %s", reason, extra=extra)
            self._spool.give_up(job)
        else:
            log.warning("again later: %s", reason, extra=extra)
            self._spool.again(job)
