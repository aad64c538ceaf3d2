"""
A proxy in front of a forge that injects faults and counts effects.

Everything passes through; `POST /_fault` with `{"match", "kind", "n", "delay", …}` makes the next
`n` calls whose "METHOD /path" matches the regular expression go wrong. `GET /_effects` tells how
often each changing call has succeeded at the forge itself: the oracle for "done exactly once".
Addresses of the forge in answers are rewritten to the proxy's, so that clients stay behind it.

Kinds: status (`status`, `body`), drop_after (done, no answer), reset (nothing done), delay (done,
answer after `delay`), half_body (done, half an answer), slow_body (done, a byte each `delay`),
rate_limit (`secondary`, `retry_after`, `reset_in`, `status`), stale_404.

By hand: `python -m tests.faults.proxy --upstream http://localhost:8001 --port 8009`.
"""

import argparse
import http.client
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass
class Fault:
    """One fault that is waiting for its calls."""

    match: str
    kind: str
    n: int = 1
    delay: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    """What the forge answered, with addresses rewritten."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """The proxy as a context manager; `url` is its address."""

    def __init__(self, upstream: str, *, port: int = 0) -> None:
        self.upstream = upstream.rstrip("/")
        self.faults: list[Fault] = []
        self.effects: Counter[str] = Counter()
        self.calls: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self._server = _Server(("localhost", port), _Handler)
        self._server.proxy = self
        self.url = f"http://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def fault(self, match: str, kind: str, *, n: int = 1, delay: float = 0.0, **more: Any) -> None:
        """Make the next `n` matching calls go wrong."""
        with self._lock:
            self.faults.append(Fault(match, kind, n, delay, more))

    def clear(self) -> None:
        """Forget faults, effects and calls."""
        with self._lock:
            self.faults.clear()
            self.effects.clear()
            self.calls.clear()

    def take(self, call: str) -> Fault | None:
        """Return the fault for a call, and count it off."""
        with self._lock:
            self.calls.append((time.monotonic(), call))
            for fault in self.faults:
                if fault.n > 0 and re.search(fault.match, call):
                    fault.n -= 1
                    return fault
        return None

    def done(self, call: str) -> None:
        """Count an effect."""
        with self._lock:
            self.effects[call] += 1

    def count(self, pattern: str) -> int:
        """Return how many effects match."""
        return sum(n for call, n in self.effects.items() if re.search(pattern, call))

    def calls_to(self, pattern: str) -> int:
        """Return how many calls matched, whether they went wrong or not."""
        return sum(1 for _, call in self.calls if re.search(pattern, call))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up here; that is the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def do_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        path = urlsplit(self.path).path
        if path in {"/_fault", "/_effects", "/_calls"}:
            self._control(path, body)
            return
        call = f"{self.command} {path}"
        fault = self.server.proxy.take(call)
        if fault is None:
            self._answer(self._forward(call, body))
        else:
            getattr(self, f"_{fault.kind}")(fault, call, body)

    # The names by which http.server finds the methods.
    do_GET = do_HEAD = do_POST = do_any  # noqa: N815
    do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815

    # --- faults ---

    def _status(self, fault: Fault, call: str, body: bytes) -> None:
        status = int(fault.more.get("status", 503))
        message = fault.more.get("body", {"message": f"injected {status}"})
        self._say(status, message, fault.more.get("headers"))

    def _stale_404(self, fault: Fault, call: str, body: bytes) -> None:
        self._say(404, {"message": "Not Found"})

    def _rate_limit(self, fault: Fault, call: str, body: bytes) -> None:
        more = fault.more
        headers = {}
        if more.get("retry_after") is not None:
            headers["Retry-After"] = str(more["retry_after"])
        if not more.get("secondary"):
            reset = int(time.time()) + int(more.get("reset_in", 120))
            headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        kind = "You have exceeded a secondary rate limit" if more.get("secondary") else None
        message = kind or "API rate limit exceeded for user ID 1."
        self._say(int(more.get("status", 403)), {"message": message}, headers)

    def _reset(self, fault: Fault, call: str, body: bytes) -> None:
        self._hang_up()

    def _drop_after(self, fault: Fault, call: str, body: bytes) -> None:
        self._forward(call, body)
        self._hang_up()

    def _delay(self, fault: Fault, call: str, body: bytes) -> None:
        answer = self._forward(call, body)
        time.sleep(fault.delay)
        self._answer(answer)

    def _half_body(self, fault: Fault, call: str, body: bytes) -> None:
        answer = self._forward(call, body)
        self._head(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.wfile.flush()
        self.close_connection = True

    def _slow_body(self, fault: Fault, call: str, body: bytes) -> None:
        answer = self._forward(call, body)
        self._head(answer)
        for byte in answer.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(fault.delay or 1.0)

    # --- passing through ---

    def _forward(self, call: str, body: bytes) -> Answer:
        proxy = self.server.proxy
        parts = urlsplit(proxy.upstream)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {
            key: value.replace(proxy.url, proxy.upstream)
            for key, value in self.headers.items()
            if key.lower() not in {"connection", "accept-encoding"}
        }
        headers |= {"Host": parts.netloc, "Accept-Encoding": "identity"}
        sent = body.replace(proxy.url.encode(), proxy.upstream.encode())
        if sent or self.command in CHANGING:
            headers["Content-Length"] = str(len(sent))
        try:
            connection.request(self.command, self.path, body=sent or None, headers=headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if self.command in CHANGING and 200 <= response.status < 300:
            proxy.done(call)
        rewritten = [
            (key, value.replace(proxy.upstream, proxy.url))
            for key, value in response.getheaders()
            if key.lower() not in HOP_BY_HOP
        ]
        content = content.replace(proxy.upstream.encode(), proxy.url.encode())
        return Answer(response.status, rewritten, content)

    def _head(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        if "Date" not in dict(answer.headers):
            self.send_header("Date", formatdate(usegmt=True))
        for key, value in answer.headers:
            self.send_header(key, value)
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.flush()

    def _answer(self, answer: Answer) -> None:
        self._head(answer)
        if self.command != "HEAD" and answer.status not in {204, 304}:
            self.wfile.write(answer.body)

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        listed = [("Content-Type", "application/json; charset=utf-8"), *(headers or {}).items()]
        self._answer(Answer(status, listed, content))

    def _hang_up(self) -> None:
        """Close with a reset instead of an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    # --- control ---

    def _control(self, path: str, body: bytes) -> None:
        proxy = self.server.proxy
        if path == "/_fault" and self.command == "DELETE":
            proxy.clear()
        elif path == "/_fault":
            wanted = json.loads(body)
            proxy.fault(
                wanted.pop("match"),
                wanted.pop("kind"),
                n=int(wanted.pop("n", 1)),
                delay=float(wanted.pop("delay", 0.0)),
                **wanted,
            )
        self._say(200, {"effects": dict(proxy.effects), "calls": [call for _, call in proxy.calls]})


def main() -> None:
    """Run a proxy until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, default=8009)
    chosen = parser.parse_args()
    with FaultProxy(chosen.upstream, port=chosen.port) as proxy:
        print(f"{proxy.url} in front of {proxy.upstream}")
        threading.Event().wait()


if __name__ == "__main__":
    main()
