"""Changes: deliveries of webhooks, pipelines, and the webhooks themselves."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.core import audit, queue
from apps.integrations import pipelines
from apps.integrations.extensions import pipeline_listeners, webhook_handlers
from apps.integrations.github import errors
from apps.integrations.github.action_results import WorkflowRun
from apps.integrations.github.client import GitHubClient, client_for
from apps.integrations.github.results import Hook
from apps.integrations.models import PipelineRun, WebhookDelivery

logger = logging.getLogger(__name__)

HOOK_EVENTS = ("push", "pull_request", "repository", "workflow_run", "check_run", "release")
ORGANIZATION_EVENTS = (*HOOK_EVENTS, "membership", "team", "organization")
KEPT = timedelta(days=3)
MAX_ATTEMPTS = 8


def webhook_url() -> str:
    """Return where the forge sends its deliveries."""
    return f"{settings.PUBLIC_URL}/webhooks/github"


@transaction.atomic
def receive_delivery(*, guid: str, event: str, payload: Mapping[str, Any]) -> bool:
    """
    Keep a delivery and ring for it; a repeated one is kept once.

    Returns whether it is new. Verify the signature before calling this.
    """
    repository = payload.get("repository")
    full_name = repository.get("full_name", "") if isinstance(repository, dict) else ""
    delivery, new = WebhookDelivery.objects.get_or_create(
        guid=guid[:80],
        defaults={
            "event": event[:60],
            "action": str(payload.get("action") or "")[:60],
            "full_name": str(full_name)[:140].lower(),
            "payload": dict(payload),
        },
    )
    if new:
        queue.enqueue("integrations.handle_delivery", delivery_id=delivery.pk)
    return new


@transaction.atomic
def handle_delivery(*, delivery_id: int) -> bool:
    """
    Start the tasks registered for a delivery, once; returns whether this call did.

    The row is the truth: the lock lets one of several workers do it.
    """
    delivery = (
        WebhookDelivery.objects.select_for_update(skip_locked=True)
        .filter(pk=delivery_id, processed_at=None)
        .first()
    )
    if delivery is None:
        return False
    for handler in webhook_handlers:
        if handler.event in {delivery.event, "*"}:
            queue.enqueue(handler.task_name, delivery_id=delivery.pk)
    delivery.processed_at = timezone.now()
    delivery.attempts += 1
    delivery.save(update_fields=["processed_at", "attempts"])
    return True


def delivery(delivery_id: int) -> WebhookDelivery | None:
    """Return a delivery for a handler's task, or None where it has been cleared away."""
    return WebhookDelivery.objects.filter(pk=delivery_id).first()


def sweep_deliveries() -> int:
    """Ring again for deliveries nobody has processed, and clear away old ones."""
    WebhookDelivery.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
    waiting = WebhookDelivery.objects.filter(
        processed_at=None,
        attempts__lt=MAX_ATTEMPTS,
        received_at__lt=timezone.now() - timedelta(seconds=30),
    ).order_by("received_at")[:200]
    for row in waiting:
        WebhookDelivery.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        queue.enqueue("integrations.handle_delivery", delivery_id=row.pk)
    return len(waiting)


# --- pipelines ---


@transaction.atomic
def record_pipeline(*, full_name: str, run: WorkflowRun) -> bool:
    """
    Keep what the forge says of a run, unless something newer is known; returns whether it was news.

    Reports come in any order and more than once: the attempt, the state and the moment decide.
    """
    values = pipelines.columns(full_name, run)
    row, created = PipelineRun.objects.select_for_update().get_or_create(
        full_name=values["full_name"], run_id=run.id, defaults=values
    )
    if not created:
        known = pipelines.progress(row.run_attempt, row.status, row.updated_at)
        if pipelines.progress(run.run_attempt, run.status, run.updated_at) <= known:
            return False
        for column, value in values.items():
            setattr(row, column, value)
        row.save()
    if row.is_over:
        for listener in pipeline_listeners:
            queue.enqueue(listener.task_name, full_name=row.full_name, run_id=row.run_id)
    return True


def record_delivered_pipeline(*, delivery_id: int) -> bool:
    """Keep the run of a `workflow_run` delivery; returns whether it was news."""
    row = delivery(delivery_id)
    if row is None or not row.full_name:
        return False
    try:
        run = WorkflowRun.read(row.payload["workflow_run"])
    except (KeyError, TypeError, ValueError) as error:
        WebhookDelivery.objects.filter(pk=row.pk).update(error=f"Not a workflow run: {error!r}")
        return False
    return record_pipeline(full_name=row.full_name, run=run)


def refresh_pipelines(full_name: str, *, limit: int = 20) -> int:
    """
    Ask the forge for the newest runs of a repository; returns how many were news.

    :raises GitHubError: if the forge does not answer
    """
    runs = client_for(full_name.partition("/")[0]).list_runs(full_name, limit=limit)
    return sum(record_pipeline(full_name=full_name, run=run) for run in runs)


def reconcile_pipelines() -> int:
    """
    Ask again about repositories whose deliveries may have been lost; returns how many.

    GitHub does not repeat a lost delivery by itself. Asked are those with a run that should have
    been over, and those that were pushed to within the last hour.
    """
    now = timezone.now()
    unfinished = PipelineRun.objects.exclude(status="completed").filter(
        updated_at__gt=now - timedelta(days=1), updated_at__lt=now - timedelta(minutes=1)
    )
    pushed = WebhookDelivery.objects.filter(event="push", received_at__gt=now - timedelta(hours=1))
    names = {
        *unfinished.values_list("full_name", flat=True).distinct()[:50],
        *pushed.exclude(full_name="").values_list("full_name", flat=True).distinct()[:50],
    }
    for name in sorted(names):
        queue.enqueue("integrations.refresh_pipelines", full_name=name)
    return len(names)


# --- webhooks ---


def ensure_webhook(target: str, *, client: GitHubClient | None = None) -> Hook:
    """
    Make a repository ("owner/name") or an organisation ("owner") send its events to the portal.

    Found by address when it is there already, so repeating this makes no second one.

    :raises PermissionMissing: if the token may not
    """
    client = client or client_for(target.partition("/")[0])
    address = webhook_url()

    def present() -> Hook | None:
        return next((hook for hook in client.list_hooks(target) if hook.url == address), None)

    found = present()
    if found is not None:
        return found
    events = HOOK_EVENTS if "/" in target else ORGANIZATION_EVENTS
    try:
        hook = client.create_hook(
            target, url=address, secret=settings.GITHUB_WEBHOOK_SECRET, events=events
        )
    except (errors.UnknownOutcome, errors.AlreadyExists):
        known = present()
        if known is None:
            raise
        hook = known
    with transaction.atomic():
        audit.record(
            action="integrations.create_webhook",
            object_kind="repository" if "/" in target else "organization",
            object_id=target,
            detail={"hook": hook.id, "events": list(events)},
        )
    return hook
