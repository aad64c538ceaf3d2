"""Changes of the catalog: locations and what they bring."""

import time
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.accounts.permissions import Actor, Permission, Target, require
from apps.catalog.domain.problems import Problem
from apps.catalog.domain.ref import EntityRef
from apps.catalog.ingestion.bulk import lock_for_writing
from apps.catalog.ingestion.placeholders import Substitution
from apps.catalog.ingestion.places import Place, file_target
from apps.catalog.ingestion.processing import Origin, generated_location, process_document
from apps.catalog.ingestion.run import LocationRun, alone_with, follow_up, run_location
from apps.catalog.ingestion.stitching import stitch
from apps.catalog.ingestion.writing import delete_claims
from apps.catalog.models import Claim, Location, SourceFile
from apps.catalog.selectors import EntityNotFound, get_entity, get_location
from apps.core import audit
from apps.core.errors import Conflict, InvalidInput
from apps.core.queue import enqueue
from apps.core.yaml_guard import Document

__all__ = ["LocationRun"]


class LocationAlreadyRegistered(Conflict):
    """The target is registered already; `location_id` says as what."""

    def __init__(self, location: Location) -> None:
        super().__init__(f"Location {location} already exists.")
        self.location_id = location.pk


@transaction.atomic
def register_location(
    *,
    actor: Actor | None,
    target: str,
    now: datetime,
    type: str | None = None,
    presence: str = "required",
    trusted: bool = False,
) -> Location:
    """
    Register a place to take entities from, and start to read it.

    `actor` None is the operator of the machine, who may name files and trust a location; without
    a `type`, an http address is a url and anything else a file path or pattern.

    :raises LocationAlreadyRegistered: if it is registered
    :raises Forbidden: if the person may not
    :raises UserFacingError: if the target is none
    """
    place = checked_place(actor=actor, target=target, type=type, presence=presence)
    if trusted and actor is not None:
        require(actor, Permission.ADMINISTER, Target("location", place.ref[:320]))
    known = Location.objects.filter(type=place.type, target=place.target).first()
    if known is not None:
        raise LocationAlreadyRegistered(known)
    location = Location.objects.create(
        type=place.type,
        target=place.target,
        presence=presence,
        trusted=trusted,
        managed_by=Location.ManagedBy.API if actor else Location.ManagedBy.CONFIG,
        registered_by=actor.user if actor else None,
        entity_ref=generated_location(place, presence).ref,
        next_refresh_at=now,
    )
    _record("register_location", location, trusted=trusted)
    enqueue("catalog.process_location", location_id=str(location.pk))
    return location


def checked_place(
    *, actor: Actor | None, target: str, type: str | None, presence: str = "required"
) -> Place:
    """
    Return the place of a target that this person may register.

    :raises Forbidden: if the person may not
    :raises UserFacingError: if the target is none
    """
    type = type or ("url" if target.startswith(("http://", "https://")) else "file")
    if actor is not None:
        require(actor, Permission.LOCATION_REGISTER, Target("location", target[:300]))
        if type != "url":
            raise InvalidInput(
                f"Locations of the type {type[:40]!r} cannot be registered here.",
                hint="Use the type url with the address of a file in a repository.",
            )
    if presence not in {"required", "optional"}:
        raise InvalidInput("presence is either required or optional.")
    if len(target) > 2000:
        raise InvalidInput("A target has at most 2000 characters.")
    return Place.of_location(type, file_target(target) if type == "file" else target)


@transaction.atomic
def unregister_location(
    *, actor: Actor | None, location_id: uuid.UUID | str, now: datetime
) -> None:
    """
    Forget a location and the entities that only it brings.

    :raises NotFound: if there is none
    :raises Forbidden: if the person neither registered it nor administers
    """
    location = get_location(location_id)
    if actor is not None:
        own = {actor.user.entity_ref or f"user:{actor.user.pk}"}
        mine = location.registered_by_id == actor.user.pk
        owners = actor.owner_refs | own if mine else frozenset({"an administrator"})
        require(
            actor,
            Permission.LOCATION_DELETE,
            Target("location", str(location)[:300], owner_refs=frozenset(owners)),
        )
    lock_for_writing()
    claims = Claim.objects.filter(location=location)
    refs = set(claims.values_list("ref", flat=True))
    refs |= delete_claims(Q(location=location))
    SourceFile.objects.filter(location=location).delete()
    _record("unregister_location", location)
    location.delete()
    follow_up(stitch(refs, now))


def process_location_now(
    *, location_id: uuid.UUID | str, now: datetime, wait: bool = True, may_prune: bool = False
) -> LocationRun | None:
    """
    Read a location and bring the catalog up to date; returns once it is.

    None if another process is at it and `wait` is False. Not inside a transaction, since reading
    may take long.

    :raises NotFound: if there is none
    """
    location = get_location(location_id)
    with alone_with(location.pk, wait=wait) as alone:
        if not alone:
            return None
        location.refresh_from_db()
        started = time.monotonic()
        run = run_location(location, now, may_prune=may_prune)
        milliseconds = int((time.monotonic() - started) * 1000)
        Location.objects.filter(pk=location.pk).update(duration_ms=milliseconds)
    return run


@transaction.atomic
def request_refresh(*, actor: Actor | None, ref: str | EntityRef, now: datetime) -> Location:
    """
    Read the location of an entity again, soon.

    :raises EntityNotFound: if there is no such entity
    :raises Forbidden: if the person may not
    """
    wanted = str(ref if isinstance(ref, EntityRef) else EntityRef.parse(ref))
    claim = (
        Claim.objects.filter(ref=wanted, state__in=["active", "refused"], entity__isnull=False)
        .select_related("location")
        .first()
    )
    if claim is None:
        raise EntityNotFound(f"There is no entity {wanted} in the catalog.")
    if actor is not None:
        require(actor, Permission.ENTITY_REFRESH, Target("entity", wanted))
    return refresh_location(actor=None, location_id=claim.location_id, now=now)


@transaction.atomic
def refresh_location(
    *, actor: Actor | None, location_id: uuid.UUID | str, now: datetime
) -> Location:
    """
    Read a location again, soon.

    :raises NotFound: if there is none
    """
    location = get_location(location_id)
    if actor is not None:
        require(actor, Permission.ENTITY_REFRESH, Target("location", str(location)[:300]))
    Location.objects.filter(pk=location.pk).update(next_refresh_at=now)
    _record("refresh_location", location)
    enqueue("catalog.process_location", location_id=str(location.pk))
    return location


def allow_pruning(*, actor: Actor, location_id: uuid.UUID | str, now: datetime) -> None:
    """
    Agree that what a location does not list any more is removed (F32).

    :raises Forbidden: if the person is not an administrator
    """
    location = get_location(location_id)
    require(actor, Permission.ADMINISTER, Target("location", str(location)[:300]))
    with transaction.atomic():
        _record("allow_pruning", location, reason=location.pruning_paused)
        enqueue("catalog.process_location", location_id=str(location.pk), may_prune=True)


@transaction.atomic
def delete_entity(*, actor: Actor | None, ref: str, now: datetime) -> None:
    """
    Remove an entity; its source, if it is still there, brings it back at the next refresh.

    :raises EntityNotFound: if there is none
    :raises Forbidden: if the person is not its owner
    """
    entity = get_entity(actor, ref)
    if actor is not None:
        owners = frozenset({entity.owner_ref} if entity.owner_ref else ())
        require(actor, Permission.ENTITY_DELETE, Target("entity", ref, owner_refs=owners))
    lock_for_writing()
    claims = Claim.objects.filter(ref=entity.ref)
    SourceFile.objects.filter(claims__in=claims).update(digest="", etag="")
    touched = delete_claims(Q(ref=entity.ref))
    audit.record(action="catalog.delete_entity", object_kind="entity", object_id=entity.ref)
    follow_up(stitch(touched, now))


def validate_entity(*, entity: Any, location: str, trusted: bool = True) -> list[Problem]:
    """
    Return what is wrong with an entity, without storing it; warnings included.

    `location` is `url:<address>` or `file:<path>`: what its substitutions are relative to.

    :raises UserFacingError: if the location is none
    """
    type_, _, target = location.partition(":")
    if type_ != "url":
        raise InvalidInput("The location must be one of the type url: url:https://…")
    place = Place.of_location(type_, target)
    outcome = process_document(
        Document(entity, 1), place, Origin(place.ref, trusted), Substitution(place)
    )
    return outcome.problems


def _record(verb: str, location: Location, **detail: Any) -> None:
    audit.record(
        action=f"catalog.{verb}",
        object_kind="location",
        object_id=str(location.pk),
        object_name=str(location)[:320],
        detail=detail,
    )
