"""
How many tasks a worker takes from the embedded broker: `python benchmarks/broker.py [--tasks 200]`.

Sends tasks that do next to nothing to a queue of its own in the database of DATABASE_URL, which is
migrated, starts one Celery worker of two processes, and prints tasks per second once it has begun.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import django

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
django.setup()

from django.db import connection  # noqa: E402

from portal import celery_app  # noqa: E402

QUEUE = "benchmark"
TIMEOUT_SECONDS = 120


def waiting() -> int:
    """Return how many tasks have not been acknowledged."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pgmq.q_{QUEUE}")
        return int(cursor.fetchone()[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200)
    count = parser.parse_args().tasks
    began = time.perf_counter()
    for _ in range(count):
        celery_app.send_task("core.heartbeat", queue=QUEUE)
    print(f"{count} tasks sent in {time.perf_counter() - began:.2f} s")
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", QUEUE, "-c2"]
    command += ["--without-gossip", "--without-mingle", "--loglevel=ERROR"]
    quiet = subprocess.DEVNULL
    worker = subprocess.Popen(command, cwd=CHECKOUT, stdout=quiet, stderr=quiet)
    try:
        deadline = time.perf_counter() + TIMEOUT_SECONDS
        while waiting() == count and time.perf_counter() < deadline:
            time.sleep(0.02)
        began = time.perf_counter()
        while (left := waiting()) and time.perf_counter() < deadline:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        print(
            f"{count - left} tasks done in {seconds:.2f} s: {(count - left) / seconds:.1f} a second"
        )
    finally:
        worker.terminate()
        worker.wait(timeout=60)


if __name__ == "__main__":
    main()
