"""CELERY_BROKER_URL replaces the embedded broker: the same work over Redis."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core.models import Heartbeat
from portal.embedded.folder import CHECKOUT
from tests.databases import url_of_test_database

REDIS = shutil.which("redis-server")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(REDIS is None, reason="there is no redis-server on this machine"),
]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(timeout=10)


def environment(redis_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url_of_test_database(),
        "CELERY_BROKER_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
    }


def test_a_worker_takes_tasks_from_redis(redis_url: str, tmp_path: Path) -> None:
    log = (tmp_path / "worker.log").open("w")
    celery = [sys.executable, "-m", "celery", "-A", "portal"]
    worker = subprocess.Popen(
        [*celery, "worker", "-Q", "runs", "-c1", "--without-gossip", "--without-mingle"],
        cwd=CHECKOUT,
        env=environment(redis_url),
        stdout=log,
        stderr=log,
    )
    try:
        subprocess.run(
            [*celery, "call", "core.heartbeat", "--queue=runs"],
            cwd=CHECKOUT,
            env=environment(redis_url),
            check=True,
            capture_output=True,
            timeout=60,
        )
        deadline = time.monotonic() + 60
        while not Heartbeat.objects.filter(name="worker").exists():
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(timeout=40)
        log.close()
