"""Entities of the catalog as collectors see them: where their source and their descriptor are."""

import posixpath
from collections.abc import Sequence
from urllib.parse import urlsplit

from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail
from apps.integrations.scm import BadScmUrl, ScmUrl, parse_full_name
from apps.scorecards.extensions import Repository, Subject

SOURCE = "backstage.io/source-location"
SLUG = "github.com/project-slug"
BESIDE_THE_CODE = frozenset({"catalog-info.yaml", "catalog-info.yml"})


def subjects_of(refs: Sequence[str]) -> list[Subject]:
    """Return the subjects among these references; what the catalog does not have is left out."""
    return [subject_of(entity) for entity in catalog.entities_by_refs(None, refs).values()]


def subject_of(entity: EntityDetail) -> Subject:
    """Return the entity as collectors see it."""
    descriptor = _place(entity.source_url)
    return Subject(
        ref=entity.ref,
        envelope=entity.data,
        owner_ref=entity.owner_ref,
        provided_apis=tuple(
            str(relation["targetRef"])
            for relation in entity.relations
            if relation.get("type") == "providesApi"
        ),
        repository=repository_of(entity, descriptor),
        descriptor_path=descriptor.path if descriptor else "",
        descriptor_url=entity.source_url if entity.source_url.startswith("http") else "",
    )


def repository_of(entity: EntityDetail, descriptor: ScmUrl | None) -> Repository | None:
    """
    Return the repository of an entity, or None.

    The annotation `github.com/project-slug` says it outright. `backstage.io/source-location` is
    set by every portal to the folder of the descriptor; it counts where the descriptor is named
    catalog-info.yaml, because a list of entities with another name is no component's source.
    """
    source = _place(entity.annotations.get(SOURCE, "").removeprefix("url:")) or (
        descriptor.folder if descriptor else None
    )
    slug = entity.annotations.get(SLUG, "")
    beside = descriptor is not None and posixpath.basename(descriptor.path) in BESIDE_THE_CODE
    place = source or descriptor
    if slug and place is not None:
        try:
            owner, name = parse_full_name(slug)
        except BadScmUrl:
            return None
        full_name = f"{owner}/{name}"
        same = place.repository.full_name.lower() == full_name.lower()
        origin = urlsplit(place.base_url)
        return Repository(
            host=place.repository.host,
            full_name=full_name,
            web_url=f"{origin.scheme}://{origin.netloc}/{full_name}",
            path=place.path.strip("/") if same else "",
        )
    if source is None or not beside:
        return None
    return Repository(
        host=source.repository.host,
        full_name=source.repository.full_name,
        web_url=source.base_url,
        path=source.path.strip("/"),
    )


def _place(text: str) -> ScmUrl | None:
    if not text.startswith(("http://", "https://")):
        return None
    try:
        return ScmUrl.parse(text)
    except BadScmUrl:
        return None
