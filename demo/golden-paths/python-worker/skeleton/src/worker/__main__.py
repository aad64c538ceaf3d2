"""Start the worker: python -m worker."""

import logging
import os
import signal
from pathlib import Path

from worker import logs
from worker.loop import Loop
from worker.spool import Spool

log = logging.getLogger("worker")


def main() -> None:
    """Read the configuration, put back what was interrupted, and work."""
    logs.configure(os.environ.get("LOG_LEVEL", "INFO"))
    root = Path(os.environ.get("SPOOL", "spool"))
    spool = Spool(root)
    loop = Loop(spool, root / "heartbeat")
    signal.signal(signal.SIGTERM, lambda *_: loop.stop.set())
    signal.signal(signal.SIGINT, lambda *_: loop.stop.set())
    recovered = spool.recover()
    log.info("ready, %d jobs put back", recovered, extra={"waiting": spool.waiting()})
    loop.run()
    log.info("stopped")


if __name__ == "__main__":
    main()
