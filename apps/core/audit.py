"""The audit log: one row for each change and each refusal, in the transaction of the change."""

import hashlib
import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.core.models import AuditEvent

# Serialises writers so that the chain of hashes has one order; an arbitrary constant.
_CHAIN_LOCK = 0x43414C4C


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, a token of a person, or the portal itself."""

    type: str = "system"
    id: str = ""
    name: str = "Callboard"
    auth_method: str = ""
    source_address: str | None = None
    request_id: str = ""


SYSTEM = Actor()
_current: ContextVar[Actor] = ContextVar("audit_actor", default=SYSTEM)


def current_actor() -> Actor:
    """Return who acts in this request or task; the portal itself by default."""
    return _current.get()


def set_actor(actor: Actor) -> None:
    """Say who acts from here on in this thread; the middleware and the API do so."""
    _current.set(actor)


def record(
    *,
    action: str,
    object_kind: str,
    object_id: str,
    object_name: str = "",
    decision: str = AuditEvent.Decision.ALLOWED,
    detail: dict[str, Any] | None = None,
    actor: Actor | None = None,
) -> AuditEvent:
    """
    Add one row to the audit log, in the caller's transaction.

    `action` is "<app>.<verb_object>"; `detail` holds changed non-secret fields.

    :raises RuntimeError: outside a transaction, because the row must stand and fall with the change
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record() must run in the transaction of the change it records.")
    who = actor or current_actor()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = AuditEvent.objects.order_by("-id").values_list("hash", flat=True).first() or ""
    event = AuditEvent(
        at=timezone.now(),
        actor_type=who.type,
        actor_id=who.id,
        actor_name=who.name,
        auth_method=who.auth_method,
        source_address=who.source_address,
        request_id=who.request_id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        object_name=object_name,
        decision=decision,
        detail=detail or {},
        previous_hash=last,
    )
    event.hash = chain_hash(event)
    event.save(force_insert=True)
    return event


def record_refusal(*, action: str, object_kind: str, object_id: str, reason: str) -> None:
    """Add a row for a refused action; in its own transaction, since nothing else happened."""
    with transaction.atomic():
        record(
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            decision=AuditEvent.Decision.DENIED,
            detail={"reason": reason},
        )


def chain_hash(event: AuditEvent) -> str:
    """Return SHA-256 over the hash before and every column of the row."""
    at: datetime = event.at
    columns = [
        at.isoformat(),
        event.actor_type,
        event.actor_id,
        event.actor_name,
        event.auth_method,
        event.source_address or "",
        event.request_id,
        event.action,
        event.object_kind,
        event.object_id,
        event.object_name,
        event.decision,
        event.detail,
    ]
    text = json.dumps([event.previous_hash, *columns], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken_row() -> int | None:
    """Return the id of the first row whose hash or predecessor is wrong, or None."""
    before = ""
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        if event.previous_hash != before or event.hash != chain_hash(event):
            return int(event.pk)
        before = event.hash
    return None
