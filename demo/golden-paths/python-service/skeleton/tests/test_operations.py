"""What the platform sees: health, metrics, errors, a clean stop."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from service.routes import Route

SOURCE = Path(__file__).resolve().parents[1] / "src"


def test_ready_follows_the_state_of_the_service(client):
    assert client.json("/readyz")[0] == 200
    client.app.health.ready = False
    assert client.json("/readyz")[0] == 503
    assert client.json("/healthz")[0] == 200


def test_requests_are_counted_by_route_not_by_what_was_typed(client):
    client.request("/v1/about")
    client.request("/v1/about")
    client.request("/etc/passwd")
    _, _, text = client.request("/metrics")
    assert 'http_requests_total{method="GET",route="/v1/about",status="200"} 2' in text
    assert 'route="unknown",status="404"} 1' in text
    assert "passwd" not in text


def test_a_broken_route_answers_500_with_an_id_and_no_stack(client):
    def broken():
        raise RuntimeError("secret detail")

    client.app._routes.append(Route("GET", "/broken", "getBroken", "", broken, {}))
    status, _, body = client.request("/broken", X_Request_Id="find-me")
    assert status == 500
    assert "find-me" in body
    assert "secret detail" not in body


def test_a_stop_signal_ends_it_cleanly(unused_port):
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PORT": str(unused_port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "service"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert "listening" in process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/readyz", timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        # Generous: a build machine may be busy. Without the signal it would never end.
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
