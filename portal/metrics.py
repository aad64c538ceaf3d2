"""What /metrics shows: figures of the database, so that every process answers the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.core.models import Heartbeat
from apps.core.registry import Registry


@dataclass(frozen=True)
class Metric:
    """A family of gauges: its name, its help, its label and a function that returns the values."""

    key: str
    help: str
    label: str
    values: Callable[[], dict[str, float]]
    order: int = 100


metrics: Registry[Metric] = Registry("metric")


class _DatabaseCollector(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for metric in metrics:
            family = GaugeMetricFamily(
                f"callboard_{metric.key}", metric.help, labels=[metric.label]
            )
            for label, value in sorted(metric.values().items()):
                family.add_metric([label], value)
            yield family


def metrics_registry() -> CollectorRegistry:
    """Return the collectors of one answer."""
    registry = CollectorRegistry()
    registry.register(_DatabaseCollector())
    return registry


def _heartbeat_ages() -> dict[str, float]:
    now = timezone.now()
    return {
        name: (now - seen).total_seconds()
        for name, seen in Heartbeat.objects.values_list("name", "seen_at")
    }


def _rows_by(table: str, column: str) -> Callable[[], dict[str, float]]:
    """Return a function that counts rows by a column; both names are constants of this module."""

    def values() -> dict[str, float]:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{column}", count(*) FROM "{table}" GROUP BY 1'  # noqa: S608 - constants
            )
            return {str(label): float(count) for label, count in cursor.fetchall()}

    return values


def _queue_lengths() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgmq.meta') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute("SELECT queue_name, queue_length FROM pgmq.metrics_all()")
        return {name: float(length) for name, length in cursor.fetchall()}


metrics.register(
    Metric("heartbeat_age_seconds", "Seconds since a process was seen", "process", _heartbeat_ages)
)
metrics.register(
    Metric("entities", "Entities in the catalog", "kind", _rows_by("catalog_entity", "kind"))
)
metrics.register(
    Metric("runs", "Runs of golden paths", "state", _rows_by("scaffolder_run", "state"))
)
metrics.register(
    Metric("results", "Scorecard results", "state", _rows_by("scorecards_result", "state"))
)
metrics.register(
    Metric(
        "audit_events", "Rows of the audit log", "decision", _rows_by("core_auditevent", "decision")
    )
)
metrics.register(Metric("queue_length", "Messages waiting at the broker", "queue", _queue_lengths))
