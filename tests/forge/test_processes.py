"""The forge as bin/up starts it: gunicorn and a Celery worker of its own queue."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.databases import url_of_test_database
from tests.forge.test_hooks import Receiver, receiver
from tests.forge.test_smart_http import Checkout
from tests.integrations.servers import free_port, running

__all__ = ["receiver"]

pytestmark = pytest.mark.processes

TOKEN = "test-token"


@pytest.fixture
def forge(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://localhost:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": url_of_test_database(),
        "CALLBOARD_DATA": str(tmp_path / "data"),
        "CALLBOARD_FORGE_URL": url,
        "DJANGO_SETTINGS_MODULE": "portal.settings.forge",
    }
    secrets = tmp_path / "data" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "forge-token").write_text(TOKEN)
    server = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--worker-class=gthread"]
    server += ["--preload", "--workers=1", "--threads=8", f"--bind=127.0.0.1:{port}"]
    worker = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "forge,jobs"]
    worker += ["--concurrency=1", "--without-gossip", "--without-mingle"]
    meta, web_log = f"{url}/api/v3/meta", tmp_path / "web.log"
    with (
        running(server, ready=meta, environment=environment, log=web_log),
        running(worker, ready="", environment=environment, log=tmp_path / "worker.log"),
    ):
        yield url


def test_a_large_push_reaches_the_hook(forge: str, tmp_path: Path, receiver: Receiver) -> None:
    call(forge, "POST", "/user/repos", {"name": "billing", "auto_init": True})
    config = {"url": receiver.url, "content_type": "json", "secret": "s"}
    hook = {"name": "web", "config": config, "events": ["push"]}
    call(forge, "POST", "/repos/callboard/billing/hooks", hook)
    checkout = Checkout(tmp_path / "work", forge, TOKEN)
    checkout.url = checkout.url.replace("/acme/", "/callboard/")
    checkout.clone()
    # Above http.postBuffer git sends chunks and no length.
    (checkout.folder / "large.bin").write_bytes(os.urandom(3_000_000))
    sha = checkout.commit("small.txt", "x")

    checkout.git("push", "-q", "origin", "main")

    until = time.monotonic() + 60
    while len(receiver.received) < 2:
        assert time.monotonic() < until, "nothing was delivered"
        time.sleep(0.1)
    payloads = {headers["X-GitHub-Event"]: json.loads(body) for headers, body in receiver.received}
    assert payloads["push"]["after"] == sha
    assert payloads["ping"]["hook"]["config"]["url"] == receiver.url


def call(forge: str, method: str, path: str, body: object) -> object:
    answer = requests.request(
        method,
        f"{forge}/api/v3{path}",
        json=body,
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    assert answer.status_code < 300, answer.text
    return answer.json()
