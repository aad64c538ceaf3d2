"""Remembered answers with their ETags: a 304 is free on GitHub (reliability.md 3.5)."""

import hashlib
from datetime import timedelta

from django.utils import timezone

from apps.integrations.models import CachedResponse

MAX_ROWS = 5000
MAX_BODY = 512 * 1024
# Rows that were just used need no new date; it only decides what is forgotten first.
_FRESH = timedelta(hours=1)


def cache_key(*, installation: str, path: str, accept: str) -> str:
    """Return the key of an answer: what one identity may see is not for another."""
    return hashlib.sha256(f"{installation}\n{accept}\n{path}".encode()).hexdigest()


def find(key: str) -> CachedResponse | None:
    """Return the remembered answer, if there is one."""
    row = CachedResponse.objects.filter(key=key).first()
    if row is not None and row.used_at < timezone.now() - _FRESH:
        CachedResponse.objects.filter(pk=row.pk).update(used_at=timezone.now())
    return row


def remember(key: str, *, etag: str, link: str, body: str) -> None:
    """Keep an answer for the next time, unless it is large."""
    if not etag or len(etag) > 200 or len(link) > 2000 or len(body) > MAX_BODY or "\0" in body:
        return
    # One statement: a caller inside a transaction must not hold more than this row.
    row = CachedResponse(key=key, etag=etag, link=link, body=body, used_at=timezone.now())
    CachedResponse.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["etag", "link", "body", "used_at"],
    )


def forget_old() -> int:
    """Keep the newest rows only; called by a sweep. Returns how many were removed."""
    newest = CachedResponse.objects.order_by("-used_at").values("pk")[:MAX_ROWS]
    return CachedResponse.objects.exclude(pk__in=newest).delete()[0]
