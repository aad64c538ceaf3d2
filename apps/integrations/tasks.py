"""Background tasks of the integrations."""

import logging

from celery import shared_task

from apps.integrations import services
from apps.integrations.github import conditional, errors

logger = logging.getLogger(__name__)


@shared_task(name="integrations.handle_delivery", ignore_result=True)
def handle_delivery(*, delivery_id: int, **_from_newer_callers: object) -> None:
    """Start what is registered for a delivery."""
    services.handle_delivery(delivery_id=delivery_id)


@shared_task(name="integrations.sweep_deliveries", ignore_result=True)
def sweep_deliveries(**_from_newer_callers: object) -> None:
    """Ring again for what was missed; keep the memory of answers small."""
    services.sweep_deliveries()
    conditional.forget_old()


@shared_task(name="integrations.record_pipeline", ignore_result=True)
def record_pipeline(*, delivery_id: int, **_from_newer_callers: object) -> None:
    """Keep the run of a `workflow_run` delivery."""
    services.record_delivered_pipeline(delivery_id=delivery_id)


@shared_task(name="integrations.refresh_pipelines", ignore_result=True)
def refresh_pipelines(*, full_name: str, **_from_newer_callers: object) -> None:
    """Ask the forge for the newest runs of a repository."""
    try:
        services.refresh_pipelines(full_name)
    except errors.GitHubError as error:
        # The next sweep asks again; a repository that is gone has no pipelines to show.
        logger.warning("Pipelines of %s: %s", full_name, error)


@shared_task(name="integrations.reconcile_pipelines", ignore_result=True)
def reconcile_pipelines(**_from_newer_callers: object) -> None:
    """Ask again where deliveries may have been lost."""
    services.reconcile_pipelines()
