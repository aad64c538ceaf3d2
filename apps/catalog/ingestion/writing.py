"""Stores what a walk through a location has found: files, claims, relations; only what changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.catalog.domain.problems import Problem
from apps.catalog.ingestion.bulk import as_json, copy_rows, take_ids
from apps.catalog.ingestion.processing import Outcome
from apps.catalog.ingestion.reading import FileReading, KnownFile, Reading, pointers_of
from apps.catalog.models import Claim, Location, Relation, SourceFile

# F32: a location that loses more than this share of its entities at once is asked about first.
MAX_SHRINK = 0.2
FEW = 5
_CLAIM_COLUMNS = (
    "id",
    "location_id",
    "file_id",
    "ordinal",
    "line",
    "ref",
    "kind",
    "digest",
    "state",
    "entity",
    "problems",
)


@dataclass
class Written:
    """What a run has changed: references to stitch again, and how many files it saw."""

    refs: set[str] = field(default_factory=set)
    pruning_paused: str = ""


@dataclass(frozen=True)
class _Known:
    """A claim as it is stored."""

    id: int
    file_id: int
    ref: str
    digest: str
    orphaned_at: datetime | None
    has_entity: bool


def known_files(location: Location) -> dict[str, KnownFile]:
    """Return the files of a location as they were last read, by address."""
    pointers: dict[int, list[tuple[str | None, str, str]]] = {}
    claims = Claim.objects.filter(
        location=location, kind="Location", entity__isnull=False, orphaned_at=None
    ).order_by("file_id", "ordinal")
    for file_id, entity in claims.values_list("file_id", "entity"):
        pointers.setdefault(file_id, []).extend(pointers_of(entity or {}))
    return {
        row.url: KnownFile(row.digest, row.etag, row.dependencies, tuple(pointers.get(row.pk, ())))
        for row in SourceFile.objects.filter(location=location, problem__isnull=True)
    } | {
        row.url: KnownFile("", "", {}, tuple(pointers.get(row.pk, ())))
        for row in SourceFile.objects.filter(location=location, problem__isnull=False)
    }


def write(location: Location, reading: Reading, now: datetime, *, may_prune: bool) -> Written:
    """Store a reading, in the caller's transaction; return the references it touches."""
    written = Written()
    files = _write_files(location, reading, now, written)
    changed = {files[f.url].pk: f.outcomes for f in reading.files if f.outcomes is not None}
    _write_claims(location, changed, now, written)
    _mark_missing(location, reading, now, written, may_prune=may_prune)
    return written


def _write_files(
    location: Location, reading: Reading, now: datetime, written: Written
) -> dict[str, SourceFile]:
    known = {row.url: row for row in SourceFile.objects.filter(location=location)}
    new, failed, seen_again = [], [], []
    for found in reading.files:
        row = known.get(found.url)
        if row is None:
            row = known[found.url] = SourceFile(location=location, url=found.url)
            new.append(row)
        if row.missing_since is not None or (row.problem is not None) != bool(found.problem):
            seen_again.append(row)
        _fill(row, found, now)
        if found.problem is not None:
            failed.append(row)
    SourceFile.objects.bulk_create(new, batch_size=2000)
    changed = [known[f.url] for f in reading.files if f.outcomes is not None or f.problem]
    changed += [row for row in seen_again if row not in changed] if seen_again else []
    SourceFile.objects.bulk_update(
        [row for row in changed if row not in new] if len(new) < len(changed) else [],
        ["digest", "etag", "dependencies", "problem", "read_at", "missing_since"],
        batch_size=500,
    )
    ids = [row.pk for row in (*seen_again, *failed) if row.pk]
    if ids:
        written.refs.update(_refs(Q(file_id__in=ids)))
    return known


def _fill(row: SourceFile, found: FileReading, now: datetime) -> None:
    row.missing_since = None
    row.read_at = now
    row.problem = found.problem.as_json() if found.problem else None
    if found.problem is None:
        row.digest, row.etag, row.dependencies = found.digest, found.etag, found.dependencies


def _refs(condition: Q) -> set[str]:
    return set(Claim.objects.filter(condition).exclude(ref="").values_list("ref", flat=True))


_HAS_VERSION = ExpressionWrapper(Q(entity__isnull=False), output_field=BooleanField())


def _write_claims(
    location: Location, changed: dict[int, list[Outcome]], now: datetime, written: Written
) -> None:
    old: dict[int, dict[str, _Known]] = {}
    gone: list[int] = []
    rows = Claim.objects.filter(file_id__in=list(changed)).order_by("id")
    columns = ("id", "file_id", "ref", "digest", "orphaned_at")
    for row in rows.values_list(*columns, _HAS_VERSION):
        known = _Known(*row)
        by_ref = old.setdefault(known.file_id, {})
        if known.ref and known.ref not in by_ref:
            by_ref[known.ref] = known
        else:
            gone.append(known.id)
    replaced: list[tuple[int, int, Outcome]] = []
    inserted: list[tuple[int, Outcome]] = []
    orphaned: list[int] = []
    for file_id, outcomes in changed.items():
        before = old.get(file_id, {})
        # A document that was never good may be a known one with a mistake in its name or kind.
        unreadable = any(
            outcome.entity is None and outcome.ref not in before for outcome in outcomes
        )
        for outcome in outcomes:
            same = before.pop(outcome.ref, None) if outcome.ref else None
            if same is None:
                inserted.append((file_id, outcome))
            elif same.digest != outcome.digest or same.orphaned_at is not None:
                replaced.append((same.id, file_id, outcome))
        gone += [row.id for row in before.values() if not row.has_entity]
        # The last good version stays while a document of the file cannot be read at all.
        if not unreadable:
            orphaned += [row.id for row in before.values() if row.orphaned_at is None]
            written.refs.update(before)
    if orphaned:
        Claim.objects.filter(pk__in=orphaned).update(orphaned_at=now)
    written.refs.update(outcome.ref for _, outcome in inserted if outcome.ref)
    written.refs.update(outcome.ref for _, _, outcome in replaced)
    _replace(location, replaced, gone, written)
    ids = take_ids(Claim, len(inserted))
    _copy(
        location,
        [
            (pk, file, outcome, outcome.entity)
            for pk, (file, outcome) in zip(ids, inserted, strict=True)
        ],
        written,
    )


def _replace(
    location: Location,
    replaced: list[tuple[int, int, Outcome]],
    gone: list[int],
    written: Written,
) -> None:
    """Write claims anew under their ids; a refused one keeps its last good entity and relations."""
    refused = [pk for pk, _, outcome in replaced if outcome.entity is None]
    kept = dict(Claim.objects.filter(pk__in=refused).values_list("id", "entity"))
    ids = [pk for pk, _, _ in replaced]
    dropped = Relation.objects.filter(claim_id__in=[*gone, *(set(ids) - set(refused))])
    written.refs.update(_ends(dropped.values_list("source_ref", "target_ref")))
    dropped.delete()
    Claim.objects.filter(pk__in=[*gone, *ids])._raw_delete(using="default")
    _copy(
        location,
        [
            (pk, file_id, outcome, outcome.entity or kept.get(pk))
            for pk, file_id, outcome in replaced
        ],
        written,
    )


def _copy(
    location: Location,
    claims: list[tuple[int, int, Outcome, dict[str, Any] | None]],
    written: Written,
) -> None:
    copy_rows(
        Claim,
        _CLAIM_COLUMNS,
        (
            (
                pk,
                location.pk,
                file_id,
                outcome.ordinal,
                outcome.line,
                outcome.ref,
                outcome.kind,
                outcome.digest,
                Claim.State.ACTIVE if outcome.entity is not None else Claim.State.REFUSED,
                None if entity is None else as_json(entity),
                as_json([problem.as_json() for problem in outcome.problems]),
            )
            for pk, file_id, outcome, entity in claims
        ),
    )
    relations = [(pk, *triple) for pk, _, outcome, _ in claims for triple in outcome.relations]
    copy_rows(Relation, ("claim_id", "source_ref", "type", "target_ref"), relations)
    written.refs.update(_ends((source, target) for _, source, _, target in relations))


def _ends(pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {end for pair in pairs for end in pair}


def _mark_missing(
    location: Location, reading: Reading, now: datetime, written: Written, *, may_prune: bool
) -> None:
    """Mark the files that nothing leads to any more, unless too much would go at once (F32)."""
    seen = {found.url for found in reading.files}
    present = SourceFile.objects.filter(location=location, missing_since=None)
    missing = {pk for pk, url in present.values_list("id", "url") if url not in seen}
    if not missing:
        return
    if not reading.is_complete:
        written.pruning_paused = (
            f"{len(missing)} files are not listed any more, but the listing is not complete; "
            "nothing is removed."
        )
        return
    claims = Claim.objects.filter(location=location, entity__isnull=False, orphaned_at=None)
    lost = claims.filter(file_id__in=missing).count()
    total = claims.exclude(file__url="").count()
    too_much = lost > total * MAX_SHRINK and (lost >= FEW or lost == total)
    if lost and too_much and not may_prune:
        written.pruning_paused = (
            f"{lost} of {total} entities are gone from this location; nothing is removed until an "
            "administrator agrees."
        )
        return
    SourceFile.objects.filter(pk__in=missing).update(missing_since=now)
    written.refs.update(_refs(Q(file_id__in=missing)))


def problem_counts(location: Location) -> tuple[int, int]:
    """Return how many errors and warnings a location has, its files and documents included."""
    found: list[dict[str, Any]] = list(location.problems)
    files = SourceFile.objects.filter(location=location, problem__isnull=False)
    found += [problem for problem in files.values_list("problem", flat=True) if problem]
    for problems in (
        Claim.objects.filter(location=location)
        .exclude(problems=[])
        .values_list("problems", flat=True)
    ):
        found += problems
    errors = sum(Problem.from_json(data).level == "error" for data in found)
    conflicts = Claim.objects.filter(location=location, state=Claim.State.CONFLICT).count()
    return errors + conflicts, len(found) - errors


def delete_claims(condition: Q) -> set[str]:
    """Delete claims with their relations; return every reference that this touches."""
    claims = Claim.objects.filter(condition)
    relations = Relation.objects.filter(claim_id__in=claims.values("id"))
    ends = set(claims.values_list("ref", flat=True))
    for source, target in relations.values_list("source_ref", "target_ref"):
        ends |= {source, target}
    relations.delete()
    claims.delete()
    return ends
