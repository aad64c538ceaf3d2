"""/healthz, /readyz and /metrics."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.core import health
from apps.core.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_alive_needs_nothing(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_ready_when_a_worker_has_been_seen(client: Client) -> None:
    health.record_heartbeat("worker")

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["checks"] == dict.fromkeys(
        ["database", "migrations", "broker", "worker"], "ok"
    )


@pytest.mark.parametrize("age", [None, timedelta(seconds=61)])
def test_not_ready_without_a_worker(client: Client, age: timedelta | None) -> None:
    if age:
        Heartbeat.objects.create(name="worker", seen_at=timezone.now() - age)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response["Retry-After"]
    assert response.json()["failing"] == ["worker"]
    assert "start" in response.json()["checks"]["worker"]


def test_metrics_are_prometheus_text(client: Client) -> None:
    health.record_heartbeat("worker")

    response = client.get("/metrics")

    assert response["Content-Type"].startswith("text/plain")
    assert 'callboard_heartbeat_age_seconds{process="worker"}' in response.content.decode()
