"""Serves the routes over HTTP."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .routes import ROUTES


def answer(method, target, body=None):
    """Return (status, text) of a request."""
    address = urlsplit(target)
    route = ROUTES.get((method, address.path))
    if route is None:
        return 404, "{}"
    query = {key: values[-1] for key, values in parse_qs(address.query).items()}
    return 200, json.dumps(route({**query, **(body or {})}))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, text = answer("GET", self.path)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
