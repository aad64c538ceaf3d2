"""The application: one request in, one answer out, one log line. A WSGI callable."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from service.health import Health
from service.metrics import Metrics
from service.routes import Answer, Route, routes

log = logging.getLogger("service")
# What callers send becomes part of the log, so only harmless text is taken over.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class App:
    """Finds the route, calls it, and never lets an error out without a log line."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self.health = health
        self.metrics = metrics
        self._routes = routes(health, metrics)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/"
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        route, answer = self._answer(method, path, request_id)
        seconds = time.perf_counter() - started
        self.metrics.observe(method, route, answer.status, seconds)
        log.info(
            "request",
            extra={
                "request_id": request_id,
                "method": method,
                "path": path[:200],
                "status": answer.status,
                "milliseconds": round(seconds * 1000, 2),
            },
        )
        body = _encoded(answer)
        status = HTTPStatus(answer.status)
        headers = [
            ("Content-Type", answer.media_type),
            ("Content-Length", str(len(body))),
            ("X-Request-Id", request_id),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _answer(self, method: str, path: str, request_id: str) -> tuple[str, Answer]:
        here = [route for route in self._routes if route.path == path]
        if not here:
            return "unknown", _problem(404, "There is nothing at this address.")
        route = next((each for each in here if each.method == method), None)
        if route is None:
            return path, _problem(405, f"Use {', '.join(each.method for each in here)}.")
        return path, _called(route, request_id)


def _called(route: Route, request_id: str) -> Answer:
    try:
        return route.handle()
    except Exception:
        # The last line of defence: the caller gets an id, the log gets the reason.
        log.exception("failed", extra={"request_id": request_id, "path": route.path})
        return _problem(500, f"Something broke. Give this id when you ask: {request_id}")


def _problem(status: int, detail: str) -> Answer:
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Answer(body, status=status, media_type="application/problem+json")


def _encoded(answer: Answer) -> bytes:
    if isinstance(answer.body, str):
        return answer.body.encode()
    return json.dumps(answer.body, ensure_ascii=False).encode()
