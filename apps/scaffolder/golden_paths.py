"""Template entities of the catalog, read as golden paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.permissions import Actor, Permission, Target, require
from apps.core.errors import NotFound
from apps.scaffolder.domain.spec import TemplateSpec, parse_template


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
    Return one golden path.

    :raises NotFound: if there is no such template, or `actor` may not know of it
    :raises InvalidTemplate: if the template cannot be used
    """
    require(actor, Permission.CATALOG_READ)
    raise NotFound(f"There is no golden path {ref}.")


def golden_paths(actor: Actor) -> list[GoldenPath]:
    """Return every usable golden path that `actor` may see, recommended ones first."""
    require(actor, Permission.CATALOG_READ)
    return []


def from_entity(ref: str, entity: dict[str, Any], *, sha: str) -> GoldenPath:
    """
    Return the golden path that a template entity describes.

    :raises InvalidTemplate: naming the field that cannot be used
    """
    annotations = (entity.get("metadata") or {}).get("annotations") or {}
    url = (
        annotations.get("backstage.io/managed-by-location")
        or annotations.get("backstage.io/source-location")
        or ""
    )
    return GoldenPath(ref=ref, entity=entity, spec=parse_template(entity), url=url, sha=sha)


def user_entity(actor: Actor) -> dict[str, Any] | None:
    """Return the User entity of the person, as `user.entity` of the expressions shows it."""
    return None


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
