"""Background work of scorecards; beat calls `sweep` and `take_snapshots`."""

from celery import shared_task
from django.utils import timezone

from apps.integrations.github.errors import RateLimited, Unavailable
from apps.scorecards import selectors, services

SWEEP_BATCH = 200


@shared_task(
    name="scorecards.collect_and_evaluate",
    acks_late=True,
    ignore_result=True,
    autoretry_for=(Unavailable, RateLimited),
    retry_backoff=5,
    retry_backoff_max=300,
    retry_jitter=True,
    max_retries=5,
)
def collect_and_evaluate(*, refs: list[str], **_from_newer_callers: object) -> None:
    """Read facts and grade; after an ingestion, on request and by the sweep."""
    services.collect_and_evaluate(refs=refs, now=timezone.now())


@shared_task(name="scorecards.after_pipeline", acks_late=True, ignore_result=True)
def after_pipeline(*, full_name: str, **_from_newer_callers: object) -> None:
    """Grade again what lives in a repository whose pipeline has finished."""
    refs = selectors.refs_of_repository(full_name)
    if refs:
        services.collect_and_evaluate(refs=refs, now=timezone.now())


@shared_task(name="scorecards.sweep", ignore_result=True)
def sweep(**_from_newer_callers: object) -> None:
    """Find what is due to be read again and hand it out."""
    refs = selectors.refs_to_refresh(now=timezone.now(), limit=SWEEP_BATCH)
    if refs:
        services.request_evaluation(refs=refs, reason="facts are due")


@shared_task(name="scorecards.take_snapshots", ignore_result=True)
def take_snapshots(**_from_newer_callers: object) -> None:
    """Keep today's standing."""
    services.take_snapshots(day=timezone.now().date())
