"""`manage.py runner`: drains the queue of runs without Celery; also the sweeper."""

import signal
import threading
import uuid
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.scaffolder import rendering
from apps.scaffolder.engine import loop


class Command(BaseCommand):
    """Loops every five seconds until it is told to stop."""

    help = "Executes runs that are due, with or without a broker, and sweeps what was left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="drain the queue once and exit")
        parser.add_argument("--run", type=uuid.UUID, help="execute this run if it is due")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; the run at hand is finished first."""
        rendering.warm_up()
        if options["run"]:
            claimed = loop.run_one(options["run"])
            self.stdout.write("1 run executed" if claimed else "The run is not due")
            return
        if options["once"]:
            count = loop.drain()
            loop.sweep()
            self.stdout.write(f"{count} run{'' if count == 1 else 's'} executed")
            return
        stop = threading.Event()

        def end(signum: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        loop.run_forever(stop)
