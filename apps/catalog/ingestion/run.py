"""One run of a location: read without a transaction, then store, stitch and tell in one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from apps.accounts import services as account_services
from apps.catalog.domain.problems import Problem
from apps.catalog.extensions import ingestion_listeners
from apps.catalog.ingestion import writing
from apps.catalog.ingestion.bulk import lock_for_writing
from apps.catalog.ingestion.places import Place
from apps.catalog.ingestion.reading import Reading, Walk
from apps.catalog.ingestion.stitching import Stitched, stitch
from apps.catalog.models import Claim, Entity, Location, Relation
from apps.core import audit
from apps.core.errors import UserFacingError
from apps.core.queue import enqueue

MESSAGE_SIZE = 500
# A location that nothing tells about changes is looked at this often; pushes come in between.
REFRESH_INTERVAL = timedelta(minutes=5)
RETRY_INTERVAL = timedelta(minutes=1)
_LOCATION_LOCK = 0x4C4F4341


@dataclass(frozen=True)
class LocationRun:
    """
    What processing a location has come to; `seconds` as the caller measures it.

    `entity_refs` are all that the location claims, `problems` those of the location itself.
    """

    location_id: uuid.UUID
    entity_refs: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


@contextmanager
def alone_with(location_id: uuid.UUID, *, wait: bool) -> Iterator[bool]:
    """
    Hold the lock of a location for the length of a run; yields whether it was to be had.

    A lock of the session, since reading happens outside a transaction; it dies with the process.
    """
    key = location_id.int & 0x7FFFFFFF
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_LOCATION_LOCK, key])
        held = wait or bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCATION_LOCK, key])


def run_location(location: Location, now: datetime, *, may_prune: bool = False) -> LocationRun:
    """Read a location and bring the catalog up to date with it."""
    reading = read_location(location)
    with transaction.atomic():
        lock_for_writing()
        if not Location.objects.filter(pk=location.pk).exists():
            # Unregistered while it was being read.
            return LocationRun(location.pk)
        written = writing.write(location, reading, now, may_prune=may_prune)
        stitched = stitch(written.refs, now)
        _conclude(location, reading, written, now)
        follow_up(stitched)
        if stitched.changed or stitched.removed:
            audit.record(
                action="catalog.process_location",
                object_kind="location",
                object_id=str(location.pk),
                object_name=str(location)[:320],
                detail={"changed": len(stitched.changed), "removed": len(stitched.removed)},
            )
    claimed = Claim.objects.filter(location=location, state=Claim.State.ACTIVE).exclude(
        ref__in=["", location.entity_ref]
    )
    return LocationRun(
        location_id=location.pk,
        entity_refs=tuple(sorted(set(claimed.values_list("ref", flat=True)))),
        changed=frozenset(stitched.changed),
        removed=frozenset(stitched.removed),
        problems=tuple(Problem.from_json(problem) for problem in location.problems),
    )


def read_location(location: Location) -> Reading:
    """Return what a location leads to; nothing is changed."""
    try:
        place = Place.of_location(location.type, location.target)
    except UserFacingError as error:
        problem = Problem(error.message, hint=error.hint, file=location.target)
        return Reading(problems=[problem], is_complete=False)
    walk = Walk(place, presence=location.presence, trusted=location.trusted)
    return walk.run(writing.known_files(location))


def _conclude(
    location: Location, reading: Reading, written: writing.Written, now: datetime
) -> None:
    location.problems = [problem.as_json() for problem in reading.problems]
    location.pruning_paused = written.pruning_paused
    location.error_count, location.warning_count = writing.problem_counts(location)
    location.file_count = sum(1 for found in reading.files if found.url)
    location.entity_count = Claim.objects.filter(
        location=location, state=Claim.State.ACTIVE
    ).count()
    unreadable = bool(reading.problems) or any(found.problem for found in reading.files)
    if unreadable and location.entity_count <= 1:
        location.status = Location.Status.FAILED
    elif location.error_count or location.pruning_paused:
        location.status = Location.Status.PROBLEMS
    else:
        location.status = Location.Status.OK
    location.last_run_at = now
    asked = Location.objects.values_list("next_refresh_at", flat=True).get(pk=location.pk)
    if asked == location.next_refresh_at:
        location.next_refresh_at = now + (RETRY_INTERVAL if unreadable else REFRESH_INTERVAL)
    else:
        # Somebody asked while this run was reading: what it read may be older than the question.
        location.next_refresh_at = asked
    location.save(
        update_fields=[
            "problems",
            "pruning_paused",
            "error_count",
            "warning_count",
            "file_count",
            "entity_count",
            "status",
            "last_run_at",
            "next_refresh_at",
        ]
    )


def follow_up(stitched: Stitched) -> None:
    """Tell the others what has changed, after the commit; bring memberships up to date now."""
    if stitched.kinds & {"User", "Group"}:
        refresh_memberships()
    refs = sorted(stitched.changed | stitched.removed)
    for listener in ingestion_listeners:
        for start in range(0, len(refs), MESSAGE_SIZE):
            enqueue(listener.task_name, refs=refs[start : start + MESSAGE_SIZE])


def refresh_memberships() -> None:
    """Hand the people and groups of the catalog to the accounts."""
    stated = Relation.objects.exclude(
        claim_id__in=Claim.objects.filter(state=Claim.State.CONFLICT).values("id")
    )
    parents: dict[str, str] = {}
    for child, parent in (
        stated.filter(type="childOf").order_by("id").values_list("source_ref", "target_ref")
    ):
        parents.setdefault(child, parent)
    account_services.replace_memberships(
        direct=stated.filter(type="memberOf").values_list("source_ref", "target_ref"),
        parents=parents,
    )
    people = Entity.objects.filter(kind="User", namespace="default")
    account_services.link_accounts(refs_by_username=dict(people.values_list("name", "ref")))
