"""Serves the routes over HTTP, with health and metrics; nothing to install."""

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .routes import ROUTES

REQUESTS: Counter[int] = Counter()


def answer(method, target, body=None):
    """Return (status, content type, text) of a request."""
    address = urlsplit(target)
    if address.path == "/healthz":
        return 200, "application/json", '{"status": "alive"}'
    if address.path == "/readyz":
        return 200, "application/json", '{"status": "ready"}'
    if address.path == "/metrics":
        lines = [f'http_requests_total{{status="{s}"}} {n}' for s, n in sorted(REQUESTS.items())]
        return 200, "text/plain; version=0.0.4", "\n".join(lines) + "\n"
    route = ROUTES.get((method, address.path))
    if route is None:
        return 404, "application/problem+json", '{"title": "There is no such address"}'
    query = {key: values[-1] for key, values in parse_qs(address.query).items()}
    try:
        return 200, "application/json", json.dumps(route({**query, **(body or {})}))
    except (KeyError, ValueError) as error:
        return 422, "application/problem+json", json.dumps({"title": str(error)})


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks `answer`, counts, writes one line of JSON as a log."""

    def do_GET(self):
        self._reply("GET", None)

    def do_POST(self):
        size = min(int(self.headers.get("Content-Length", 0)), 1_000_000)
        self._reply("POST", json.loads(self.rfile.read(size) or b"{}"))

    def _reply(self, method, body):
        status, kind, text = answer(method, self.path, body)
        REQUESTS[status] += 1
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, pattern, *values):
        print(json.dumps({"service": "@@name@@", "message": pattern % values}), file=sys.stderr)


def main(port=8080):
    ThreadingHTTPServer(("", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
