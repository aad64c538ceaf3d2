"""Which address is answered by which function; the contract is written from this table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service import DESCRIPTION, NAME, VERSION
from service.health import Health
from service.metrics import Metrics


@dataclass(frozen=True)
class Answer:
    """What goes back: a JSON value, or a text where `media_type` says so."""

    body: Any
    status: int = 200
    media_type: str = "application/json"


@dataclass(frozen=True)
class Route:
    """One operation of the contract; `statuses` are those it answers, with their meaning."""

    method: str
    path: str
    operation: str
    summary: str
    handle: Callable[[], Answer]
    statuses: dict[int, str]
    media_type: str = "application/json"


def routes(health: Health, metrics: Metrics) -> list[Route]:
    """Return every route; add yours here."""
    return [
        Route("GET", "/v1/about", "getAbout", "Name and version", about, {200: "What this is"}),
        Route(
            "GET",
            "/healthz",
            "getHealth",
            "The process is alive",
            lambda: Answer({"status": "ok"}),
            {200: "Alive"},
        ),
        Route(
            "GET",
            "/readyz",
            "getReadiness",
            "Requests are welcome",
            lambda: readiness(health),
            {200: "Ready", 503: "Starting or stopping"},
        ),
        Route(
            "GET",
            "/metrics",
            "getMetrics",
            "Counters in Prometheus text",
            lambda: Answer(metrics.text(), media_type="text/plain; version=0.0.4"),
            {200: "The counters"},
            media_type="text/plain",
        ),
    ]


def about() -> Answer:
    """Say what this service is."""
    return Answer({"name": NAME, "description": DESCRIPTION, "version": VERSION})


def readiness(health: Health) -> Answer:
    """Say whether requests are welcome."""
    if health.ready:
        return Answer({"status": "ready"})
    return Answer({"status": "not ready"}, status=503)
