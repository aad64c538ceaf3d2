"""Relations between entities: what a document states, and both directions of it (spec 1.4)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from apps.catalog.domain.kinds import Kind, RelationField
from apps.catalog.domain.problems import Problem
from apps.catalog.domain.ref import EntityRef, InvalidEntityRef

# First direction to second.
PAIRS: Mapping[str, str] = MappingProxyType(
    {
        "ownedBy": "ownerOf",
        "partOf": "hasPart",
        "providesApi": "apiProvidedBy",
        "consumesApi": "apiConsumedBy",
        "dependsOn": "dependencyOf",
        "childOf": "parentOf",
        "memberOf": "hasMember",
        "scaffoldedFrom": "scaffolderOf",
    }
)
SECOND_TO_FIRST: Mapping[str, str] = MappingProxyType({b: a for a, b in PAIRS.items()})
ALL_TYPES = frozenset(PAIRS) | frozenset(SECOND_TO_FIRST)

_SCAFFOLDED_FROM = RelationField(("scaffoldedFrom",), "scaffoldedFrom", "template")

# (source ref, type in its first direction, target ref)
Triple = tuple[str, str, str]


def stated_relations(
    entity: Mapping[str, Any], kind: Kind, ref: EntityRef
) -> tuple[set[Triple], list[Problem]]:
    """
    Return the relations that an entity's spec states, and warnings about references it cannot mean.

    References without a namespace are in the entity's own.
    """
    triples: set[Triple] = set()
    problems: list[Problem] = []
    own = str(ref)
    spec = entity.get("spec") or {}
    for field in (*kind.relations, _SCAFFOLDED_FROM):
        for path, text in _values(spec, field):
            try:
                other = EntityRef.parse(
                    text, default_kind=field.default_kind, default_namespace=ref.namespace
                )
            except InvalidEntityRef as error:
                problems.append(Problem(error.message, path, error.hint, level="warning"))
                continue
            if field.allowed_kinds is not None and other.kind not in field.allowed_kinds:
                allowed = " or ".join(sorted(field.allowed_kinds))
                message = f"{text} is a {other.kind}; this field refers to a {allowed}."
                problems.append(Problem(message, path, level="warning"))
                continue
            pair = (str(other), own) if field.reverse else (own, str(other))
            triples.add((pair[0], field.type, pair[1]))
    return triples, problems


def _values(
    spec: Mapping[str, Any], field: RelationField
) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    value: Any = spec
    for part in field.path:
        value = value.get(part) if isinstance(value, dict) else None
    path: tuple[str | int, ...] = ("spec", *field.path)
    if isinstance(value, list):
        return [((*path, index), item) for index, item in enumerate(value)]
    return [(path, value)] if value is not None else []


def seen_from(ref: str, triples: Iterable[Triple]) -> list[dict[str, str]]:
    """Return relations as the entity `ref` shows them, sorted by type, then target."""
    found = set()
    for source, type_, target in triples:
        if source == ref:
            found.add((type_, target))
        if target == ref:
            found.add((PAIRS[type_], source))
    return [{"type": type_, "targetRef": target} for type_, target in sorted(found)]


def owner_of(triples: Iterable[Triple], ref: str) -> str:
    """Return the owner among an entity's own relations, or an empty text."""
    return next((target for source, t, target in triples if t == "ownedBy" and source == ref), "")


def sorted_spec(spec: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Return a spec whose lists of references are sorted, as Backstage stores them."""
    changed = dict(spec)
    for field in kind.relations:
        value = changed.get(field.path[0]) if len(field.path) == 1 else None
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            changed[field.path[0]] = sorted(value)
    return changed
