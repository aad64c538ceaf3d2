"""What registering a location would bring, without storing it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from apps.accounts.permissions import Actor
from apps.catalog.ingestion.reading import Reading, Walk
from apps.catalog.models import Location
from apps.catalog.services import checked_place
from apps.core.errors import InvalidInput

# Somebody waits for it; a location that leads to more files is registered to see them.
MAX_FILES = 50
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class LocationPreview:
    """A location that may be registered: `entities` as the catalog would store them."""

    type: str
    target: str
    exists: bool
    entities: tuple[dict[str, Any], ...]


def preview_location(
    *, actor: Actor, target: str, type: str | None = None, presence: str = "required"
) -> LocationPreview:
    """
    Read a location as registering it would, and return what it brings.

    The first entity is the Location that stands for the registration itself.

    :raises Forbidden: if the person may not register it
    :raises InvalidInput: if any file or entity has an error, with file and line of each
    """
    place = checked_place(actor=actor, target=target, type=type, presence=presence)
    reading = Walk(place, presence=presence, trusted=False, most=MAX_FILES).run({})
    problems = _problems(reading)
    if problems:
        raise InvalidInput(
            f"{place.ref} cannot be taken into the catalog: {'; '.join(problems[:MAX_PROBLEMS])}"
        )
    return LocationPreview(
        type=place.type,
        target=place.target,
        exists=Location.objects.filter(type=place.type, target=place.target).exists(),
        entities=tuple(
            outcome.entity
            for file in reading.files
            for outcome in file.outcomes or ()
            if outcome.entity is not None
        ),
    )


def _problems(reading: Reading) -> list[str]:
    found = list(reading.problems)
    found += [file.problem for file in reading.files if file.problem]
    outcomes = [outcome for file in reading.files for outcome in file.outcomes or ()]
    found += [problem for outcome in outcomes for problem in outcome.problems]
    told = [str(problem) for problem in found if problem.level == "error"]
    names = Counter(outcome.ref for outcome in outcomes if outcome.entity is not None)
    return told + [f"{ref} is there {count} times" for ref, count in names.items() if count > 1]
