"""Runs by a real Celery worker on PGMQ, as bin/up starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection
from kombu import pools

from apps.forge.models import WorkflowJob, WorkflowRun
from apps.forge.tasks.jobs import sweep_jobs
from portal.celery import app
from portal.settings.broker import connection_string
from tests.databases import url_of_test_database
from tests.forge.actions.conftest import Pushed, log_of

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def doorbell_of_the_test_database(transactional_db) -> Iterator[None]:
    """Ring in the test's own database, where its worker listens."""
    options = app.conf.broker_transport_options
    before = options["conn_string"]
    options["conn_string"] = connection_string(connection.settings_dict)
    _forget_connections()
    yield
    options["conn_string"] = before
    _forget_connections()


def _forget_connections() -> None:
    pools.reset()
    app._after_fork()


@contextmanager
def worker(forge_data: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DATABASE_URL": url_of_test_database(),
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "CALLBOARD_DATA": str(forge_data.parent),
    }
    log = (forge_data.parent / "worker.log").open("ab")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "forge,jobs"),
            *("--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"),
        ],
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)
        log.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(what: Callable[[], bool], *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def completed(run: WorkflowRun) -> bool:
    run.refresh_from_db()
    return run.status == "completed"


def test_a_worker_runs_jobs_in_the_order_of_their_needs(pushed: Pushed, forge_data: Path):
    with worker(forge_data):
        (run,) = pushed.push(
            {
                ".github/workflows/ci.yml": """
                on: push
                jobs:
                  build:
                    runs-on: ubuntu-latest
                    outputs: {word: "${{ steps.say.outputs.word }}"}
                    steps:
                      - id: say
                        run: echo "word=hello" >> "$GITHUB_OUTPUT"
                  use:
                    needs: build
                    runs-on: ubuntu-latest
                    steps:
                      - run: echo "got ${{ needs.build.outputs.word }}"
                """
            }
        )
        wait_for(lambda: completed(run))

    assert run.conclusion == "success"
    build, use = run.jobs.order_by("pk")
    assert use.started_at >= build.completed_at
    assert "got hello" in log_of(use)


def test_a_job_whose_worker_is_killed_starts_again_and_leaves_no_process(
    pushed: Pushed, forge_data: Path, monkeypatch
):
    mark = f"{os.getpid()}73"
    with worker(forge_data) as first:
        (run,) = pushed.push(
            {
                ".github/workflows/ci.yml": f"""
                on: push
                jobs:
                  slow:
                    runs-on: ubuntu-latest
                    steps:
                      - run: |
                          echo begun
                          test -e /tmp/callboard-{mark} || {{ touch /tmp/callboard-{mark}; sleep {mark}; }}
                """  # noqa: E501
            }
        )
        wait_for(lambda: _is_running(f"sleep {mark}"))
        _end(first)
        wait_for(lambda: not _is_running(f"sleep {mark}"))

    job = WorkflowJob.objects.get()
    assert job.status == "in_progress"
    WorkflowJob.objects.update(lease_until="2020-01-01T00:00:00Z")
    try:
        with worker(forge_data):
            sweep_jobs()
            wait_for(lambda: completed(run))
    finally:
        Path(f"/tmp/callboard-{mark}").unlink(missing_ok=True)
    job.refresh_from_db()
    assert (run.conclusion, job.epoch) == ("success", 2)


def _is_running(command: str) -> bool:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line = Path(f"/proc/{name}/cmdline").read_bytes()
            except OSError:
                continue
            if line.replace(b"\0", b" ").strip() == command.encode():
                return True
    return False
