"""What happened in a repository: told to hooks, and to the workflows."""

from typing import Any

from django.db.models import Q

from apps.core.queue import enqueue
from apps.forge.models import Account, Hook, HookDelivery, Repository, RepositoryEvent


def emit(repository: Repository, event: str, payload: dict[str, Any], *, action: str = "") -> None:
    """
    Record a delivery for every hook that wants this event, and send them after commit.

    `payload` is GitHub's body for the event without `repository`, `organization` and `sender`'s
    shared parts that the caller has already filled in with `apps.forge.shapes`.
    """
    wanted = (
        Hook.objects.filter(Q(repository=repository) | Q(organization=repository.owner))
        .filter(Q(events__contains=[event]) | Q(events__contains=["*"]))
        .filter(active=True)
    )
    for hook in wanted:
        delivery = HookDelivery.objects.create(
            hook=hook,
            repository=repository,
            event=event,
            action=action or str(payload.get("action", "")),
            payload=payload,
        )
        enqueue("forge.deliver_hook", delivery_id=delivery.pk)


def pushed(repository: Repository, *, ref: str, before: str, after: str, sender: Account) -> None:
    """Start what follows a changed ref: the workflows of the commit."""
    details = {"ref": ref, "before": before, "after": after}
    _look_at(repository, RepositoryEvent.PUSH, details, sender)


def pull_request_changed(
    repository: Repository, *, number: int, action: str, sender: Account
) -> None:
    """Start what follows a pull request: its workflows."""
    details = {"number": number, "action": action}
    _look_at(repository, RepositoryEvent.PULL_REQUEST, details, sender)


def _look_at(repository: Repository, event: str, details: dict[str, Any], sender: Account) -> None:
    row = RepositoryEvent.objects.create(
        repository=repository, event=event, details=details, sender=sender
    )
    enqueue("forge.start_workflows", event_id=row.pk)
