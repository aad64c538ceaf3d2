"""Reads of the audit log."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.core.models import AuditEvent


@dataclass(frozen=True)
class AuditFilter:
    """What the reader of the log asks for; empty means everything."""

    text: str = ""
    decision: str = ""
    object_id: str = ""


def list_events(asked: AuditFilter) -> QuerySet[AuditEvent]:
    """Return the rows that fit, newest first."""
    events = AuditEvent.objects.order_by("-id")
    if asked.decision in AuditEvent.Decision.values:
        events = events.filter(decision=asked.decision)
    if asked.object_id:
        events = events.filter(object_id=asked.object_id)
    if asked.text:
        events = events.filter(
            Q(actor_name__icontains=asked.text)
            | Q(action__icontains=asked.text)
            | Q(object_id__icontains=asked.text)
            | Q(object_name__icontains=asked.text)
        )
    return events
