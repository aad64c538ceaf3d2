"""Background tasks of the core."""

from celery import shared_task
from django.utils import timezone

from apps.core.models import Heartbeat


@shared_task(name="core.heartbeat", ignore_result=True)
def heartbeat(**_from_newer_callers: object) -> None:
    """Write that a worker has consumed a task just now; /readyz reads it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": timezone.now()})
