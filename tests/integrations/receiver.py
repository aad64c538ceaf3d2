"""A web server that keeps what is posted to it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Delivery:
    """One request, with its headers in lower case and its raw body."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """The server as a context manager."""

    deliveries: list[Delivery] = field(default_factory=list)

    def __enter__(self) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {key.lower(): value for key, value in self.headers.items()}
                receiver.deliveries.append(Delivery(headers, self.rfile.read(length)))
                self.send_response(202)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/github"
        return self

    def __exit__(self, *_details: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def wait_for(self, wanted: Callable[[Delivery], bool], *, seconds: float = 60) -> Delivery:
        """Return the first delivery that is wanted; fail where none comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = next((one for one in list(self.deliveries) if wanted(one)), None)
            if found is not None:
                return found
            time.sleep(0.1)
        seen = [one.headers.get("x-github-event") for one in self.deliveries]
        raise AssertionError(f"Not delivered within {seconds} s. Seen: {seen}")
