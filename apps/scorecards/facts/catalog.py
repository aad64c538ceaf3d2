"""Facts that the catalog itself holds: the descriptor, the owner, the APIs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail
from apps.catalog.domain.ref import EntityRef, InvalidEntityRef
from apps.scorecards import selectors
from apps.scorecards.domain.states import EvidenceClass
from apps.scorecards.extensions import FactSpec, Observation, Subject

TTL = timedelta(days=7)
SHORT_DESCRIPTION = 20
CATCH_ALL = frozenset(
    {"unknown", "nobody", "everyone", "everybody", "all", "guests", "default", "tbd", "none",
     "engineering", "developers", "staff"}
)  # fmt: skip
_OBSERVED = EvidenceClass.OBSERVED

SPECS = (
    FactSpec("component", "the descriptor", {
        "type": "text", "lifecycle": "text", "system": "text", "tier": "text",
        "description_length": "int", "unset": "list of text", "path": "text", "url": "text",
        "owner_line": "int", "runbook_links": "list of {title, url}", "techdocs": "text",
    }, _OBSERVED, TTL),
    FactSpec("owner", "who owns it", {
        "ref": "text", "written": "text", "kind": "text", "resolved": "bool", "title": "text",
        "members": "int", "active_members": "int", "basis": "text", "catch_all": "bool",
        "problem": "text",
    }, _OBSERVED, TTL),
    FactSpec("apis", "the APIs of the catalog that it provides", {
        "provided": "list of text", "with_definition": "int",
    }, _OBSERVED, TTL),
)  # fmt: skip


@dataclass(frozen=True)
class CatalogCollector:
    """Reads descriptor, owner and APIs of all subjects with three queries."""

    key: str = "catalog"
    # After the forge's facts, because they say who is active.
    order: int = 40
    scope: str = "catalog"
    facts: Sequence[FactSpec] = SPECS

    def collect(self, subjects: Sequence[Subject], *, now: datetime) -> Iterator[Observation]:
        """Give the three facts of each subject."""
        owners = catalog.entities_by_refs(None, {s.owner_ref for s in subjects if s.owner_ref})
        members = catalog.entities_by_refs(
            None, {ref for owner in owners.values() for ref in _targets(owner, "hasMember")}
        )
        apis = catalog.entities_by_refs(None, {ref for s in subjects for ref in s.provided_apis})
        active = selectors.active_logins()
        for subject in subjects:
            place = subject.descriptor_path or subject.descriptor_url
            owner = owners.get(subject.owner_ref)
            values: dict[str, Mapping[str, Any]] = {
                "component": read_component(subject),
                "owner": read_owner(subject, owner, members, active),
                "apis": {
                    "provided": list(subject.provided_apis)[:50],
                    "with_definition": sum(
                        bool(apis[ref].spec.get("definition"))
                        for ref in subject.provided_apis
                        if ref in apis
                    ),
                },
            }
            for key, value in values.items():
                yield Observation(subject.ref, key, value, place)


def read_component(subject: Subject) -> dict[str, Any]:
    """Return what the descriptor says."""
    metadata = _mapping(subject.envelope.get("metadata"))
    spec = _mapping(subject.envelope.get("spec"))
    labels, annotations = _mapping(metadata.get("labels")), _mapping(metadata.get("annotations"))
    described = len(str(metadata.get("description") or "").strip())
    value: dict[str, Any] = {
        "type": subject.type,
        "lifecycle": str(spec.get("lifecycle") or ""),
        "system": str(spec.get("system") or ""),
        "tier": _tier(spec, labels, annotations),
        "description_length": described,
    }
    links = metadata.get("links")
    unset = [key for key in ("lifecycle", "system", "tier") if not value[key]]
    if described < SHORT_DESCRIPTION:
        unset.append("description")
    return {
        **value,
        "unset": unset,
        "path": subject.descriptor_path,
        "url": subject.descriptor_url,
        "owner_line": subject.descriptor_lines.get("spec.owner", 0),
        "runbook_links": [
            {"title": str(link.get("title") or ""), "url": str(link.get("url") or "")}
            for link in (links if isinstance(links, list) else [])
            if isinstance(link, Mapping) and _is_runbook(link)
        ][:5],
        "techdocs": str(annotations.get("backstage.io/techdocs-ref") or ""),
    }


def read_owner(
    subject: Subject,
    owner: EntityDetail | None,
    members: Mapping[str, EntityDetail],
    active: frozenset[str],
) -> dict[str, Any]:
    """
    Return who owns the subject, and how many members of the team are active.

    `active` holds logins and e-mail addresses of the last 90 days' commits. A team of which the
    forge names nobody is counted by its members: without history, nobody is blamed for having none.
    """
    written = str(_mapping(subject.envelope.get("spec")).get("owner") or "")
    kind, name = _kind_and_name(subject.owner_ref)
    refs = _targets(owner, "hasMember") if owner else []
    working = [ref for ref in refs if _identities(ref, members.get(ref)) & active]
    counted, basis = (working, "active in 90 days") if working else (refs, "in the catalog")
    value: dict[str, Any] = {
        "ref": subject.owner_ref,
        "written": written[:200],
        "kind": kind,
        "resolved": owner is not None,
        "title": (owner.display_name if owner else name)[:200],
        "members": len(refs),
        "active_members": len(counted),
        "basis": basis,
        "catch_all": name in CATCH_ALL,
    }
    return {**value, "problem": _problem(value)}


def _problem(owner: Mapping[str, Any]) -> str:
    if not owner["ref"]:
        return "no owner"
    if owner["kind"] != "group":
        return f"the owner is a {owner['kind']}, not a team"
    if not owner["resolved"]:
        return f"the catalog has no {owner['ref']}"
    if owner["catch_all"]:
        return f"{owner['title']} is a catch-all owner"
    if owner["active_members"] < 2:
        people = "member" if owner["active_members"] == 1 else "members"
        return f"{owner['title']} has {owner['active_members']} {people} {owner['basis']}"
    return ""


def _identities(ref: str, person: EntityDetail | None) -> set[str]:
    known = {_kind_and_name(ref)[1]}
    if person is not None:
        profile = _mapping(person.spec.get("profile"))
        known |= {
            str(profile.get("email") or ""),
            person.annotations.get("github.com/user-login", ""),
        }
    return {text.lower() for text in known if text}


def _targets(entity: EntityDetail | None, relation: str) -> list[str]:
    if entity is None:
        return []
    return [str(r["targetRef"]) for r in entity.relations if r.get("type") == relation]


def _kind_and_name(ref: str) -> tuple[str, str]:
    if not ref:
        return "", ""
    try:
        parsed = EntityRef.parse(ref)
    except InvalidEntityRef:
        return "", ref
    return parsed.kind, parsed.name


def _tier(*places: Mapping[str, Any]) -> str:
    for place in places:
        for key, value in place.items():
            if str(key).rpartition("/")[2] == "tier" and value not in (None, ""):
                return str(value)[:20]
    return ""


def _is_runbook(link: Mapping[str, Any]) -> bool:
    return "runbook" in {str(link.get("type", "")).lower(), str(link.get("title", "")).lower()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
