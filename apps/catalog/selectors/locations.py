"""Reads of registered locations."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.catalog.domain.problems import Problem
from apps.catalog.models import Claim, Location, SourceFile
from apps.core.errors import NotFound

MAX_PROBLEMS = 200


@dataclass(frozen=True)
class LocationProblems:
    """What is wrong at a location; `more` problems are not in the list."""

    problems: tuple[Problem, ...]
    more: int


def locations() -> "list[Location]":
    """Return every registered location, those with problems first."""
    return sorted(
        Location.objects.all(), key=lambda location: (-location.error_count, str(location))
    )


def get_location(location_id: uuid.UUID | str) -> Location:
    """
    Return a registered location.

    :raises NotFound: if there is none with this id
    """
    try:
        return Location.objects.get(pk=uuid.UUID(str(location_id)))
    except (ValueError, Location.DoesNotExist):
        raise NotFound(f"There is no location {str(location_id)[:60]}.") from None


def conflicts(claims: Iterable[Claim]) -> list[Problem]:
    """Return a problem for each document whose name another one has; claims with their file."""
    losers = list(claims)
    if not losers:
        return []
    owners = Claim.objects.filter(
        ref__in=[claim.ref for claim in losers], entity__isnull=False
    ).exclude(state=Claim.State.CONFLICT)
    places = {
        ref: f"{url}:{line}" for ref, url, line in owners.values_list("ref", "file__url", "line")
    }
    return [
        Problem(
            f"The name {claim.ref} is taken by {places.get(claim.ref, 'another document')}.",
            ("metadata", "name"),
            "The first to claim a name keeps it. Rename this one, or remove the other.",
            file=claim.file.url,
            line=claim.line,
            name="ConflictError",
        )
        for claim in losers
    ]


def location_problems(location: Location) -> LocationProblems:
    """Return the problems of a location, of its files and of their documents, errors first."""
    found = [*location.problems]
    found += SourceFile.objects.filter(location=location, problem__isnull=False).values_list(
        "problem", flat=True
    )
    claims = Claim.objects.filter(location=location).exclude(problems=[]).order_by("file_id", "id")
    for problems in claims.values_list("problems", flat=True):
        found += problems
    taken = (
        Claim.objects.filter(location=location, state=Claim.State.CONFLICT)
        .select_related("file")
        .defer("entity")
    )
    problems = sorted(
        (*conflicts(taken), *(Problem.from_json(data) for data in found)),
        key=lambda problem: problem.level != "error",
    )
    return LocationProblems(tuple(problems[:MAX_PROBLEMS]), max(0, len(problems) - MAX_PROBLEMS))
