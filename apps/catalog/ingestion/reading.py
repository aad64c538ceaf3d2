"""Follows a location through its files and the Location entities in them."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.domain.problems import Problem
from apps.catalog.ingestion.placeholders import Substitution
from apps.catalog.ingestion.places import Place, PlaceRefused, describe
from apps.catalog.ingestion.processing import (
    Origin,
    Outcome,
    generated_location,
    process_document,
)
from apps.core.errors import NotFound as CoreNotFound
from apps.core.errors import UserFacingError
from apps.core.yaml_guard import load_documents
from apps.integrations.github.errors import NotFound

# Raise it when processing changes, so that files are processed anew although they are the same.
VERSION = 1
MAX_TARGETS = 10_000


@dataclass(frozen=True)
class KnownFile:
    """A file as it was read before: enough to see that nothing has changed."""

    digest: str
    etag: str
    dependencies: Mapping[str, str]
    # (type, target, presence) of what its Location entities point at.
    pointers: tuple[tuple[str | None, str, str], ...]


@dataclass
class FileReading:
    """A file as it was read now; `outcomes` is None if it is unchanged or could not be read."""

    url: str
    digest: str = ""
    etag: str = ""
    dependencies: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] | None = None
    problem: Problem | None = None


@dataclass
class Reading:
    """
    Everything a location leads to.

    `is_complete` is False if something could not be listed: then nothing may be removed.
    """

    files: list[FileReading] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_complete: bool = True


@dataclass(frozen=True)
class _Pointer:
    place: Place
    presence: str
    origin_file: str
    line: int | None = None


class Walk:
    """One walk through a location, over `most` files at most; reads, changes nothing."""

    def __init__(
        self, place: Place, *, presence: str, trusted: bool, most: int = MAX_TARGETS
    ) -> None:
        self.place = place
        self.most = most
        self.presence = presence
        self.origin = Origin(place.ref, trusted)
        self.salt = hashlib.sha256(f"{VERSION} {trusted} {place.ref}".encode()).hexdigest()[:12]
        self.reading = Reading()
        self._seen: set[str] = set()

    def run(self, known: Mapping[str, KnownFile]) -> Reading:
        """Return what the location leads to; files that are as `known` are not processed again."""
        generated = generated_location(self.place, self.presence)
        self.reading.files.append(
            FileReading("", digest=generated.digest, outcomes=[generated])
            if "" not in known or known[""].digest != generated.digest
            else FileReading("", digest=generated.digest)
        )
        queue = deque([_Pointer(self.place, self.presence, "")])
        while queue:
            pointer = queue.popleft()
            for place in self._expand(pointer):
                if place.target in self._seen:
                    continue
                if len(self._seen) >= self.most:
                    self._give_up(pointer)
                    return self.reading
                self._seen.add(place.target)
                queue.extend(self._visit(place, pointer, known.get(place.target)))
        return self.reading

    def _give_up(self, pointer: _Pointer) -> None:
        self.reading.is_complete = False
        self.reading.problems.append(
            Problem(
                f"A location leads to at most {self.most:,} files here; the rest is not read.",
                hint="Register parts of it as locations of their own.",
                file=pointer.origin_file,
                line=pointer.line,
            )
        )

    def _expand(self, pointer: _Pointer) -> list[Place]:
        """Return the files of a pointer; a pattern is searched."""
        try:
            if not pointer.place.has_glob:
                return [pointer.place]
            found = pointer.place.search()
        except UserFacingError as error:
            missing = isinstance(error, NotFound | CoreNotFound)
            if not (missing and pointer.presence == "optional"):
                self.reading.problems.append(_problem(error, pointer))
            self.reading.is_complete = False
            return []
        if not found and pointer.presence != "optional":
            self.reading.problems.append(
                Problem(
                    f"No file matches {pointer.place.target}.",
                    hint="Check the pattern and the branch.",
                    file=pointer.origin_file,
                    line=pointer.line,
                )
            )
        return found

    def _visit(self, place: Place, pointer: _Pointer, known: KnownFile | None) -> list[_Pointer]:
        may_skip = known is not None and known.etag.startswith(self.salt) and not known.dependencies
        etag = known.etag.partition("|")[2] if known is not None and may_skip else ""
        try:
            result = place.read(etag=etag)
        except UserFacingError as error:
            return self._unreadable(place, pointer, error, known)
        if result.not_modified and known is not None:
            self.reading.files.append(FileReading(place.target, known.digest, known.etag))
            return self._pointers(place, known.pointers)
        digest = hashlib.sha256(self.salt.encode() + result.content).hexdigest()
        kept_etag = f"{self.salt}|{result.etag}" if len(result.etag) < 150 else ""
        unchanged = known is not None and known.digest == digest
        if unchanged and known is not None and self._same_dependencies(place, known.dependencies):
            self.reading.files.append(
                FileReading(place.target, digest, kept_etag, dict(known.dependencies))
            )
            return self._pointers(place, known.pointers)
        return self._process(place, result.content, digest, kept_etag)

    def _process(self, place: Place, content: bytes, digest: str, etag: str) -> list[_Pointer]:
        substitution = Substitution(place)
        outcomes = []
        for ordinal, document in enumerate(load_documents(content, where=place.target)):
            outcome = process_document(document, place, self.origin, substitution)
            outcome.ordinal = ordinal
            outcomes.append(outcome)
        self.reading.files.append(
            FileReading(place.target, digest, etag, substitution.dependencies, outcomes)
        )
        pointers = []
        for outcome in outcomes:
            if outcome.kind == "Location" and outcome.entity is not None:
                pointers += self._pointers(place, pointers_of(outcome.entity), outcome=outcome)
        return pointers

    def _pointers(
        self,
        place: Place,
        targets: Iterable[tuple[str | None, str, str]],
        outcome: Outcome | None = None,
    ) -> list[_Pointer]:
        found = []
        line = outcome.line if outcome else None
        for type_, target, presence in targets:
            try:
                pointed = place.target_of_entity(type_, target)
            except UserFacingError as error:
                problem = Problem(
                    describe(error), ("spec", "target"), error.hint, "error", place.target, line
                )
                self.reading.problems.append(problem)
                if not isinstance(error, PlaceRefused):
                    self.reading.is_complete = False
                continue
            found.append(_Pointer(pointed, presence, place.target, line))
        return found

    def _unreadable(
        self, place: Place, pointer: _Pointer, error: UserFacingError, known: KnownFile | None
    ) -> list[_Pointer]:
        """Note a file that cannot be read; what it led to before stays (its last good version)."""
        missing = isinstance(error, NotFound | CoreNotFound)
        if missing and pointer.presence == "optional" and known is None:
            return []
        self.reading.files.append(
            FileReading(place.target, problem=_problem(error, pointer, place))
        )
        return self._pointers(place, known.pointers) if known is not None else []

    def _same_dependencies(self, place: Place, dependencies: Mapping[str, str]) -> bool:
        if not dependencies:
            return True
        substitution = Substitution(place)
        for address in dependencies:
            target = address if place.type == "url" else f"/{address.lstrip('/')}"
            try:
                substitution.read(target)
            except UserFacingError:
                substitution.dependencies[address] = ""
        return substitution.dependencies == dict(dependencies)


def pointers_of(entity: Mapping[str, Any]) -> tuple[tuple[str | None, str, str], ...]:
    """Return (type, target, presence) of what a Location entity points at."""
    spec = entity.get("spec") or {}
    targets = [spec["target"]] if spec.get("target") else []
    targets += spec.get("targets") or []
    presence = spec.get("presence") or "required"
    return tuple((spec.get("type"), target, presence) for target in targets)


def _problem(error: UserFacingError, pointer: _Pointer, place: Place | None = None) -> Problem:
    shown = place or pointer.place
    message = describe(error)
    if shown.target not in message:
        message = f"{shown.target} cannot be read: {message}"
    return Problem(
        message,
        hint=error.hint,
        file=pointer.origin_file or shown.target,
        line=pointer.line,
        name=error.name,
    )
