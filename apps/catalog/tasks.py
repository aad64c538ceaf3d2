"""Background tasks of the catalog; each may run twice."""

from celery import shared_task
from django.utils import timezone

from apps.catalog import services, upkeep
from apps.core.errors import NotFound
from apps.core.queue import enqueue
from apps.integrations import services as integration_services


@shared_task(name="catalog.process_location", ignore_result=True)
def process_location(
    *, location_id: str, may_prune: bool = False, **_from_newer_callers: object
) -> None:
    """Read a location and bring the catalog up to date; nothing if it is gone or being read."""
    try:
        services.process_location_now(
            location_id=location_id, now=timezone.now(), wait=False, may_prune=may_prune
        )
    except NotFound:
        return


@shared_task(name="catalog.sweep_locations", ignore_result=True)
def sweep_locations(**_from_newer_callers: object) -> None:
    """Start every location whose time has come; remove what has long been an orphan."""
    now = timezone.now()
    for location_id in upkeep.take_due_locations(now=now):
        enqueue("catalog.process_location", location_id=location_id)
    upkeep.remove_orphans(now=now)


@shared_task(name="catalog.handle_push", ignore_result=True)
def handle_push(*, delivery_id: int, **_from_newer_callers: object) -> None:
    """Read the locations again that lead into the repository that was pushed to."""
    delivery = integration_services.delivery(delivery_id)
    if delivery is None or not delivery.full_name:
        return
    branch = str(delivery.payload.get("ref") or "").removeprefix("refs/heads/")
    upkeep.handle_push(full_name=delivery.full_name, branch=branch, now=timezone.now())
