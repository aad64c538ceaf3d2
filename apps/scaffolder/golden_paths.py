"""Template entities of the catalog, read as golden paths."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from apps.accounts.permissions import Actor, Permission, Target, require
from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail
from apps.catalog.domain.ref import EntityRef
from apps.scaffolder.domain.spec import InvalidTemplate, TemplateSpec, parse_template


@dataclass(frozen=True)
class GoldenPath:
    """
    A template that somebody may look at.

    `url` is where its file lies, against which relative `fetch:` addresses resolve; `sha` names
    the version: the commit where the source has one, else the entity's etag.
    """

    ref: str
    entity: dict[str, Any]
    spec: TemplateSpec
    url: str
    sha: str

    @property
    def target(self) -> Target:
        """What is asked about when somebody wants to run it."""
        return Target(
            kind="template", name=self.ref, allowed_roles=frozenset(self.spec.allowed_roles)
        )


def golden_path(actor: Actor, ref: str) -> GoldenPath:
    """
    Return one golden path; what may be done with it, the caller asks.

    :raises NotFound: if there is no such template, or `actor` may not know of it
    :raises InvalidTemplate: if the template cannot be used
    """
    entity = catalog.get_entity(actor, EntityRef.parse(ref, default_kind="template"))
    return _read(entity)


def golden_paths(actor: Actor) -> list[GoldenPath]:
    """Return every usable golden path that `actor` may see, recommended ones first."""
    require(actor, Permission.CATALOG_READ)
    found = []
    for entity in catalog.template_entities(actor):
        # A template that cannot be used stands on its entity's page, not among the choices.
        with suppress(InvalidTemplate):
            found.append(_read(entity))
    return sorted(found, key=lambda path: "recommended" not in path.spec.tags)


def _read(entity: EntityDetail) -> GoldenPath:
    return from_entity(entity.ref, entity.data, sha=entity.etag)


def from_entity(ref: str, entity: dict[str, Any], *, sha: str) -> GoldenPath:
    """
    Return the golden path that a template entity describes.

    :raises InvalidTemplate: naming the field that cannot be used
    """
    annotations = (entity.get("metadata") or {}).get("annotations") or {}
    # As Backstage: what the author says first, then where the file was read.
    url = (
        annotations.get("backstage.io/source-location")
        or annotations.get("backstage.io/managed-by-location")
        or ""
    )
    return GoldenPath(ref=ref, entity=entity, spec=parse_template(entity), url=url, sha=sha)


def user_entity(actor: Actor) -> dict[str, Any] | None:
    """Return the User entity of the person, as `user.entity` of the expressions shows it."""
    ref = actor.user.entity_ref
    if not ref:
        return None
    known = catalog.entities_by_refs(actor, [ref]).get(ref)
    return known.data if known else None


def owners_of_run(actor: Actor, values: Mapping[str, Any]) -> list[str]:
    """Return who owns a run: the group or person given as `owner`, else the requester."""
    owner = values.get("owner")
    if isinstance(owner, str) and owner:
        return [_owner_ref(owner)]
    return [actor.user.entity_ref] if actor.user.entity_ref else []


def _owner_ref(owner: str) -> str:
    kind, _, rest = owner.lower().rpartition(":")
    namespace, _, name = rest.rpartition("/")
    return f"{kind or 'group'}:{namespace or 'default'}/{name}"[:320]
