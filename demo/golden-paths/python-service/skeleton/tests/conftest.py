"""A real server on a free port, for the tests."""

import json
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass

import pytest

from service.app import App
from service.health import Health
from service.metrics import Metrics
from service.server import listen


@dataclass
class Client:
    """Speaks HTTP to the server under test."""

    base: str
    app: App

    def request(self, path, method="GET", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, method=method, headers=names)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read().decode()

    def json(self, path, **headers):
        status, _, body = self.request(path, **headers)
        return status, json.loads(body)


@pytest.fixture
def client():
    app = App(Health(ready=True), Metrics())
    server = listen(app, 0, "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Client(f"http://127.0.0.1:{server.server_port}", app)
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
