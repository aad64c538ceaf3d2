"""What the catalog does by itself: read due locations, follow pushes, remove old orphans."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.catalog.ingestion.bulk import lock_for_writing
from apps.catalog.ingestion.run import follow_up
from apps.catalog.ingestion.stitching import stitch
from apps.catalog.ingestion.writing import delete_claims
from apps.catalog.models import Claim, Location, SourceFile
from apps.core import audit
from apps.core.queue import enqueue

ORPHAN_GRACE = timedelta(hours=1)
SWEEP_PATIENCE = timedelta(minutes=2)
MAX_ORPHANS = 5000


@transaction.atomic
def take_due_locations(*, now: datetime, limit: int = 200) -> list[str]:
    """
    Return the ids of locations whose time has come, the longest waiting first.

    Each is put off for two minutes, so that the next sweep does not start it a second time.
    """
    due = Location.objects.filter(next_refresh_at__lte=now).order_by("next_refresh_at")
    ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    Location.objects.filter(pk__in=ids).update(next_refresh_at=now + SWEEP_PATIENCE)
    return [str(pk) for pk in ids]


@transaction.atomic
def handle_push(*, full_name: str, branch: str, now: datetime) -> int:
    """
    Note that a repository has new commits: locations that lead into it are due at once.

    Returns how many there are. Safe to repeat; `branch` is for the record only, because a location
    may name a branch as HEAD.
    """
    in_repository = f"/{full_name.lower()}/"
    touched = Q(type="url", target__icontains=in_repository) | Q(
        files__url__icontains=in_repository
    )
    found = list(Location.objects.filter(touched).distinct())
    Location.objects.filter(pk__in=[row.pk for row in found]).update(next_refresh_at=now)
    for location in found:
        enqueue("catalog.process_location", location_id=str(location.pk))
    return len(found)


@transaction.atomic
def remove_orphans(*, now: datetime) -> int:
    """Remove entities that have been orphans for an hour; return how many claims went."""
    limit = now - ORPHAN_GRACE
    old = Q(orphaned_at__lte=limit) | Q(file__missing_since__lte=limit)
    ids = list(Claim.objects.filter(old).values_list("id", flat=True)[:MAX_ORPHANS])
    files = SourceFile.objects.filter(missing_since__lte=limit)
    if not ids and not files.exists():
        return 0
    lock_for_writing()
    refs = delete_claims(Q(pk__in=ids))
    files.exclude(claims__isnull=False).delete()
    stitched = stitch(refs, now)
    follow_up(stitched)
    audit.record(
        action="catalog.remove_orphans",
        object_kind="catalog",
        object_id="orphans",
        detail={"removed": sorted(stitched.removed)[:100], "count": len(stitched.removed)},
    )
    return len(ids)
