"""Background tasks of the core, and the worker's sign of life."""

from celery import shared_task
from celery.signals import worker_ready

from apps.core import health


@shared_task(name="core.heartbeat", ignore_result=True)
def heartbeat(**_from_newer_callers: object) -> None:
    """Write that a worker has consumed a task just now; /readyz reads it."""
    health.record_heartbeat("worker")


@worker_ready.connect
def record_first_heartbeat(sender: object, **_signal: object) -> None:
    """Count a worker as seen from its first second on, before beat's first message reaches it."""
    queues = {queue.name for queue in sender.app.amqp.queues.consume_from.values()}  # type: ignore[attr-defined]  # Celery's worker
    if "default" in queues:
        health.record_heartbeat("worker")
