"""Makes the final entities: who has a name, relations, status; writes what changed."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from apps.catalog.domain.relations import Triple, seen_from
from apps.catalog.domain.search_index import index_rows, terms
from apps.catalog.ingestion.bulk import as_json, copy_rows, take_ids
from apps.catalog.ingestion.processing import MANAGED_BY, ORPHAN
from apps.catalog.models import Claim, Entity, Relation

BATCH = 4000
RESTRICTED = ("callboard.dev/visibility", "restricted")
STATUS_TYPE = "backstage.io/catalog-processing"
_COLUMNS = (
    "id",
    "uid",
    "ref",
    "kind",
    "namespace",
    "name",
    "sort_name",
    "title",
    "description",
    "type",
    "lifecycle",
    "owner_ref",
    "system_ref",
    "tags",
    "terms",
    "search_text",
    "data",
    "etag",
    "source_url",
    "is_restricted",
    "is_orphan",
    "error_count",
    "warning_count",
    "claim_id",
    "location_id",
    "created_at",
    "updated_at",
)

# The current owner of a name keeps it while it still claims it; else the oldest claim gets it. A
# claim that has become an orphan gives way to one that has not.
_ELECT = """
WITH candidate AS (
    SELECT claim.id, claim.ref,
           row_number() OVER (
               PARTITION BY claim.ref
               ORDER BY (claim.orphaned_at IS NOT NULL OR file.missing_since IS NOT NULL),
                        (entity.claim_id IS DISTINCT FROM claim.id), claim.id
           ) AS place
    FROM catalog_claim claim
    JOIN catalog_sourcefile file ON file.id = claim.file_id
    LEFT JOIN catalog_entity entity ON entity.ref = claim.ref
    WHERE claim.ref = ANY(%s) AND claim.entity IS NOT NULL
)
UPDATE catalog_claim
SET state = CASE WHEN candidate.place = 1 THEN 'active' ELSE 'conflict' END
FROM candidate
WHERE catalog_claim.id = candidate.id
  AND (candidate.place = 1) = (catalog_claim.state = 'conflict')
RETURNING catalog_claim.id
"""

_WINNERS = """
SELECT DISTINCT ON (claim.ref)
       claim.ref, claim.id, claim.location_id, claim.entity::text, claim.problems::text,
       file.problem::text,
       (claim.orphaned_at IS NOT NULL OR file.missing_since IS NOT NULL) AS is_orphan
FROM catalog_claim claim
JOIN catalog_sourcefile file ON file.id = claim.file_id
WHERE claim.ref = ANY(%s) AND claim.entity IS NOT NULL AND claim.state <> 'conflict'
ORDER BY claim.ref, claim.id
"""


@dataclass(frozen=True)
class _Winner:
    ref: str
    claim_id: int
    location_id: uuid.UUID
    entity: dict[str, Any]
    problems: list[dict[str, Any]]
    is_orphan: bool


@dataclass(frozen=True)
class _Present:
    id: int
    uid: uuid.UUID
    etag: str
    claim_id: int
    created_at: datetime


@dataclass
class Stitched:
    """References of entities that are new, changed or gone."""

    changed: set[str]
    removed: set[str]
    kinds: set[str]


def stitch(refs: Iterable[str], now: datetime) -> Stitched:
    """Make the entities of these references anew, in the caller's transaction."""
    result = Stitched(set(), set(), set())
    wanted = _elected({ref for ref in refs if ref})
    for start in range(0, len(wanted), BATCH):
        _stitch_batch(wanted[start : start + BATCH], now, result)
    return result


def _elected(refs: set[str]) -> list[str]:
    """Settle who has each name; return the references, and those that this touches."""
    with connection.cursor() as cursor:
        cursor.execute(_ELECT, [sorted(refs)])
        flipped = [row[0] for row in cursor.fetchall()]
    touched = Relation.objects.filter(claim_id__in=flipped)
    for source, target in touched.values_list("source_ref", "target_ref"):
        refs |= {source, target}
    return sorted(refs)


def _stitch_batch(refs: list[str], now: datetime, result: Stitched) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WINNERS, [refs])
        winners = [_winner(row) for row in cursor.fetchall()]
    present = {
        row[0]: _Present(*row[1:])
        for row in Entity.objects.filter(ref__in=refs).values_list(
            "ref", "id", "uid", "etag", "claim_id", "created_at"
        )
    }
    relations = _relations_by_ref(refs)
    changed = []
    for winner in winners:
        before = present.pop(winner.ref, None)
        data, etag = _final(winner, relations.get(winner.ref, ()))
        if before and before.etag == etag and before.claim_id == winner.claim_id:
            continue
        changed.append((winner, before, data, etag))
        result.changed.add(winner.ref)
        result.kinds.add(data["kind"])
    gone = set(present)
    result.removed |= gone
    result.kinds |= {ref.partition(":")[0].title() for ref in gone}
    if not changed and not gone:
        # Writing nothing would still give the catalog a new revision.
        return
    replaced = [before.id for _, before, _, _ in changed if before]
    Entity.objects.filter(Q(pk__in=replaced) | Q(ref__in=gone))._raw_delete(using="default")
    ids = iter(take_ids(Entity, len(changed) - len(replaced)))
    copy_rows(
        Entity,
        _COLUMNS,
        (
            _row(winner, data, etag, before.id if before else next(ids), before, now)
            for winner, before, data, etag in changed
        ),
    )


def _winner(row: tuple[Any, ...]) -> _Winner:
    problems = json.loads(row[4])
    if row[5]:
        problems.insert(0, json.loads(row[5]))
    return _Winner(row[0], row[1], row[2], json.loads(row[3]), problems, row[6])


def _relations_by_ref(refs: list[str]) -> dict[str, list[Triple]]:
    wanted = set(refs)
    found: dict[str, list[Triple]] = {}
    # A conflicting claim has no say: only relations of documents that have their name count.
    rows = (
        Relation.objects.filter(Q(source_ref__in=refs) | Q(target_ref__in=refs))
        .exclude(claim_id__in=Claim.objects.filter(state=Claim.State.CONFLICT).values("id"))
        .values_list("source_ref", "type", "target_ref")
    )
    for triple in rows:
        for end in {triple[0], triple[2]} & wanted:
            found.setdefault(end, []).append(triple)
    return found


def _final(winner: _Winner, triples: Iterable[Triple]) -> tuple[dict[str, Any], str]:
    """Return the entity as it is served, but for its uid and etag, and the digest of it all."""
    entity = winner.entity
    metadata = dict(entity["metadata"])
    if winner.is_orphan:
        metadata["annotations"] = {**metadata["annotations"], ORPHAN: "true"}
    data = {**entity, "metadata": metadata, "relations": seen_from(winner.ref, triples)}
    items = [
        {
            "type": STATUS_TYPE,
            "level": problem["level"],
            "message": f"{problem['name']}: {_message(problem)}",
            "error": {"name": problem["name"], "message": _message(problem)},
        }
        for problem in winner.problems
    ]
    if items:
        data["status"] = {"items": items}
    # The order of keys counts: it is the order of a form's fields.
    text = json.dumps(data, ensure_ascii=True)
    return data, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _message(problem: Mapping[str, Any]) -> str:
    place = f"{problem['file']}:{problem['line']}" if problem["line"] else problem["file"]
    text = f"{place}: {problem['message']}" if place else problem["message"]
    return f"{text} {problem['hint']}".strip()


def _row(
    winner: _Winner,
    data: dict[str, Any],
    etag: str,
    pk: int,
    before: _Present | None,
    now: datetime,
) -> tuple[Any, ...]:
    metadata = data["metadata"]
    uid = before.uid if before else uuid.uuid4()
    metadata["uid"] = str(uid)
    metadata.setdefault("etag", etag)
    spec = data.get("spec") or {}
    title = str(metadata.get("title") or _display_name(spec))
    tags = metadata.get("tags") or []
    by_type = {relation["type"]: relation["targetRef"] for relation in reversed(data["relations"])}
    levels = [problem["level"] for problem in winner.problems]
    description = str(metadata.get("description") or "")
    return (
        pk,
        uid,
        winner.ref,
        data["kind"],
        metadata["namespace"],
        metadata["name"],
        metadata["name"].lower(),
        title,
        description,
        _short(spec.get("type")),
        _short(spec.get("lifecycle")),
        by_type.get("ownedBy", ""),
        _system(data["relations"]),
        tags,
        list(terms(index_rows(data))),
        " ".join((metadata["name"], title, description, *tags)).lower()[:4000],
        as_json(data),
        etag,
        _source_url(metadata["annotations"]),
        metadata["annotations"].get(RESTRICTED[0]) == RESTRICTED[1],
        winner.is_orphan,
        min(levels.count("error"), 9999),
        min(levels.count("warning"), 9999),
        winner.claim_id,
        winner.location_id,
        before.created_at if before else now,
        now,
    )


def _display_name(spec: Mapping[str, Any]) -> str:
    profile = spec.get("profile")
    name = profile.get("displayName") if isinstance(profile, dict) else None
    return name if isinstance(name, str) else ""


def _short(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""


def _system(relations: Iterable[Mapping[str, str]]) -> str:
    return next(
        (
            relation["targetRef"]
            for relation in relations
            if relation["type"] == "partOf" and relation["targetRef"].startswith("system:")
        ),
        "",
    )


def _source_url(annotations: Mapping[str, str]) -> str:
    url = annotations.get("backstage.io/view-url") or annotations[MANAGED_BY]
    return url[:2000]
