"""A real Celery worker on the real broker answers the doorbell; without it runs happen as well."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.accounts.models import Role
from apps.core.broker import install_pgmq
from apps.scaffolder.models import Run
from tests.scaffolder import workers, world
from tests.scaffolder.test_api import hello

__all__ = ["hello"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Path]:
    """A Celery worker for runs; yields its log."""
    install_pgmq()
    said = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "runs"]
    command += ["-c", "1", "-n", "test@%h", "--without-gossip", "--without-mingle", "-l", "INFO"]
    with said.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=workers.ROOT,
            env=workers.environment(tmp_path),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while " ready." not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)
        yield said
    finally:
        process.terminate()
        process.wait(timeout=40)


def run_hello(folder: Path) -> Run:
    world.make_user("ada", Role.ADMIN)
    values = folder / "values.yaml"
    values.write_text("name: Ann\n")
    done = subprocess.run(
        [
            *(sys.executable, "manage.py", "run_template", "template:default/hello"),
            *("--values", str(values), "--wait"),
        ],
        cwd=workers.ROOT,
        env=workers.environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello Ann" in done.stdout
    return Run.objects.get()


def test_a_worker_takes_a_run_up_at_once(worker, hello, tmp_path):
    run = run_hello(tmp_path)

    assert run.state == "succeeded", worker.read_text()
    # The command would have done it itself after three seconds.
    assert (run.started_at - run.created_at).total_seconds() < 2


def test_without_a_worker_the_command_does_it_itself(hello, tmp_path):
    run = run_hello(tmp_path)

    assert run.state == "succeeded"
    assert (run.started_at - run.created_at).total_seconds() > 2
