"""One document becomes a validated, annotated entity, or the problems that keep it from it."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.domain import formats
from apps.catalog.domain.envelope import envelope_problems
from apps.catalog.domain.kinds import KIND_NAMES, TRUSTED_ONLY, kind_of, kind_problems
from apps.catalog.domain.problems import Problem
from apps.catalog.domain.ref import DEFAULT_NAMESPACE, EntityRef, ref_of
from apps.catalog.domain.relations import Triple, sorted_spec, stated_relations
from apps.catalog.domain.search_index import KeysCollide, index_rows
from apps.catalog.ingestion.placeholders import Substitution
from apps.catalog.ingestion.places import Place
from apps.core.yaml_guard import Document

MANAGED_BY = "backstage.io/managed-by-location"
MANAGED_BY_ORIGIN = "backstage.io/managed-by-origin-location"
ORPHAN = "backstage.io/orphan"
# Backstage shows this address instead of a script (catalog annotations of locations).
REJECTED_URL = "https://backstage.io/annotation-rejected-for-security-reasons"
_ADDRESS_ANNOTATIONS = ("backstage.io/view-url", "backstage.io/edit-url")


@dataclass(frozen=True)
class Origin:
    """What a document inherits from its location: the rules depend on the origin, not the file."""

    ref: str
    trusted: bool


@dataclass
class Outcome:
    """
    What came of one document.

    `entity` is None if errors keep it out; `ref` is empty if not even its name could be read.
    """

    line: int
    ordinal: int = 0
    ref: str = ""
    kind: str = ""
    entity: dict[str, Any] | None = None
    relations: set[Triple] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is stored of the outcome but its place in the file."""
        found = [self.entity, sorted(self.relations), [p.as_json() for p in self.problems]]
        text = json.dumps(found, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def has_errors(self) -> bool:
        return any(problem.level == "error" for problem in self.problems)


def process_document(
    document: Document, place: Place, origin: Origin, substitution: Substitution
) -> Outcome:
    """Return what comes of one document of a file."""
    outcome = Outcome(document.line)
    if document.error is not None:
        error = document.error
        outcome.problems.append(
            Problem(error.message, (), error.hint, "error", place.target, error.line)
        )
        return outcome
    value = document.value
    substitution.problems = []
    if isinstance(value, dict):
        value = substitution.resolve(value)
    problems = [*substitution.problems, *envelope_problems(value)]
    outcome.ref, outcome.kind = _identity(value)
    if not any(problem.level == "error" for problem in problems):
        problems += _process(value, place, origin, outcome)
    outcome.problems = [
        problem.at(place.target, document.line_of(problem.path)) for problem in problems
    ]
    if outcome.has_errors:
        outcome.entity = None
        outcome.relations = set()
    return outcome


def _process(
    value: dict[str, Any], place: Place, origin: Origin, outcome: Outcome
) -> list[Problem]:
    problems = kind_problems(value)
    if any(problem.level == "error" for problem in problems):
        return problems
    kind = kind_of(value)
    assert kind is not None  # noqa: S101 - kind_problems has looked
    if kind.name in TRUSTED_ONLY and not origin.trusted:
        problems.append(
            Problem(
                f"A {kind.name} may not come from this location.",
                ("kind",),
                "Users, groups and templates are taken from locations that an administrator "
                "trusts. Ask one.",
                name="NotAllowedError",
            )
        )
        return problems
    entity = _annotated(value, place, origin)
    if isinstance(entity.get("spec"), dict):
        entity["spec"] = sorted_spec(entity["spec"], kind)
    outcome.relations, warnings = stated_relations(value, kind, ref_of(value))
    try:
        index_rows(entity)
    except KeysCollide as error:
        problems.append(Problem(f"{error}.", (), "Keep one of them."))
    outcome.entity = entity
    return problems + warnings


def _identity(value: Any) -> tuple[str, str]:
    """Return reference and kind of a document, even a wrong one, as far as they are readable."""
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return "", ""
    kind, name = value.get("kind"), value["metadata"].get("name")
    namespace = value["metadata"].get("namespace", DEFAULT_NAMESPACE)
    if not (formats.is_kind(kind) and formats.is_name(name) and formats.is_namespace(namespace)):
        return "", ""
    return str(EntityRef(str(kind), namespace, str(name))), KIND_NAMES.get(
        str(kind).lower(), str(kind)
    )


def _annotated(value: dict[str, Any], place: Place, origin: Origin) -> dict[str, Any]:
    metadata = dict(value["metadata"])
    metadata.setdefault("namespace", DEFAULT_NAMESPACE)
    written = dict(metadata.get("annotations") or {})
    written.pop(ORPHAN, None)
    for key in _ADDRESS_ANNOTATIONS:
        if key in written and formats.is_dangerous_url(written[key]):
            written[key] = REJECTED_URL
    metadata["annotations"] = {
        **place.source_annotations,
        **written,
        MANAGED_BY: place.ref,
        MANAGED_BY_ORIGIN: origin.ref,
    }
    return {**value, "metadata": metadata}


def generated_location(place: Place, presence: str) -> Outcome:
    """Return the Location entity that stands for a registered location (spec 1.6)."""
    digest = hashlib.sha1(place.ref.encode(), usedforsecurity=False).hexdigest()
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {
            "name": f"generated-{digest}",
            "namespace": DEFAULT_NAMESPACE,
            "annotations": {
                **place.source_annotations,
                MANAGED_BY: place.ref,
                MANAGED_BY_ORIGIN: place.ref,
            },
        },
        "spec": {"type": place.type, "target": place.target, "presence": presence},
    }
    return Outcome(1, ref=f"location:default/generated-{digest}", kind="Location", entity=entity)
