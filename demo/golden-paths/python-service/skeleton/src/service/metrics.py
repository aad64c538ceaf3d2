"""Counters in the text format of Prometheus."""

import threading
from collections import Counter


class Metrics:
    """Counts requests by method, route and status, and the seconds they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: Counter[tuple[str, str]] = Counter()

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is the route's path, never what the caller typed."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._seconds[method, route] += seconds

    def text(self) -> str:
        """Return all counters, one a line."""
        with self._lock:
            requests = sorted(self._requests.items())
            seconds = sorted(self._seconds.items())
        lines = ["# TYPE http_requests_total counter"]
        lines += [
            f'http_requests_total{{method="{m}",route="{r}",status="{s}"}} {count}'
            for (m, r, s), count in requests
        ]
        lines.append("# TYPE http_request_seconds_total counter")
        lines += [
            f'http_request_seconds_total{{method="{m}",route="{r}"}} {total:.6f}'
            for (m, r), total in seconds
        ]
        return "\n".join(lines) + "\n"
