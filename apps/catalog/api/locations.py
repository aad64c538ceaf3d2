"""Locations: where entities come from; refresh and validation."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Router, Schema

from apps.accounts.api_auth import actor_of
from apps.accounts.permissions import Actor
from apps.catalog import selectors, services
from apps.catalog.api.answers import answer, dump, reader
from apps.catalog.domain.problems import Problem
from apps.catalog.domain.ref import EntityRef
from apps.catalog.preview import preview_location

router = Router()


class LocationBody(Schema, extra="forbid"):
    """The body of POST locations."""

    type: str
    target: str
    presence: str = "required"


class RefreshBody(Schema):
    """The body of POST refresh."""

    entityRef: str  # noqa: N815 - Backstage's name


class ValidateBody(Schema):
    """The body of POST validate-entity."""

    entity: Any
    location: str


def _body(location: Any) -> dict[str, str]:
    return {
        "id": str(location.pk),
        "type": location.type,
        "target": location.target,
        "entityRef": location.entity_ref,
    }


@router.get("/locations")
def list_locations(request: HttpRequest) -> HttpResponse:
    """Return every registered location."""
    reader(request)
    return answer(dump([{"data": _body(location)} for location in selectors.locations()]))


@router.post("/locations")
def create_location(request: HttpRequest, body: LocationBody) -> HttpResponse:
    """
    Register a location; a known one is refused, or read again with onConflict=refresh.

    With dryRun nothing is stored, and what the location would bring is returned.
    """
    actor, now = actor_of(request), timezone.now()
    if request.GET.get("dryRun", "").lower() in {"true", "1"}:
        return answer(dump(_preview(actor, body)), status=201)
    try:
        location = services.register_location(
            actor=actor, target=body.target, type=body.type, presence=body.presence, now=now
        )
    except services.LocationAlreadyRegistered as error:
        if request.GET.get("onConflict") != "refresh":
            raise
        location = services.refresh_location(actor=actor, location_id=error.location_id, now=now)
    return answer(dump({"location": _body(location), "entities": []}), status=201)


def _preview(actor: Actor, body: LocationBody) -> dict[str, Any]:
    found = preview_location(
        actor=actor, target=body.target, type=body.type, presence=body.presence
    )
    # Without a registration there is no id; Backstage puts the reference in its place.
    location = {"type": found.type, "target": found.target, "id": f"{found.type}:{found.target}"}
    return {"exists": found.exists, "location": location, "entities": list(found.entities)}


@router.get("/locations/by-entity/{kind}/{namespace}/{name}")
def location_by_entity(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """Return the location that brought an entity."""
    entity = selectors.get_entity(reader(request), EntityRef(kind, namespace, name))
    return answer(dump(_body(selectors.get_location(entity.location_id))))


@router.get("/locations/{location_id}")
def get_location(request: HttpRequest, location_id: str) -> HttpResponse:
    """Return one location."""
    reader(request)
    return answer(dump(_body(selectors.get_location(location_id))))


@router.delete("/locations/{location_id}")
def delete_location(request: HttpRequest, location_id: str) -> HttpResponse:
    """Forget a location and the entities that only it brings."""
    services.unregister_location(
        actor=actor_of(request), location_id=location_id, now=timezone.now()
    )
    return HttpResponse(status=204)


@router.post("/refresh")
def refresh_entity(request: HttpRequest, body: RefreshBody) -> HttpResponse:
    """Read the location of an entity again, soon."""
    actor = actor_of(request)
    services.request_refresh(actor=actor, ref=body.entityRef, now=timezone.now())
    return HttpResponse(status=200)


@router.post("/validate-entity")
def validate_entity(request: HttpRequest, body: ValidateBody) -> HttpResponse:
    """Tell what is wrong with an entity, without storing it: 200 empty, or 400 with the errors."""
    reader(request)
    problems = services.validate_entity(entity=body.entity, location=body.location, trusted=True)
    # What the catalog tolerates in files, because real ones have it, is wrong all the same.
    errors = [
        _error(problem)
        for problem in problems
        if problem.level == "error" or problem.name == "MissingFieldError"
    ]
    return JsonResponse({"errors": errors}, status=400) if errors else HttpResponse(status=200)


def _error(problem: Problem) -> dict[str, str]:
    parts = [f"{problem.field}: " if problem.field else "", problem.message, f" {problem.hint}"]
    return {"name": problem.name, "message": "".join(parts).strip()}
