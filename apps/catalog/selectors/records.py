"""Rows of the catalog as the frozen records that it hands out."""

from collections.abc import Iterable

from apps.catalog.domain.records import EntityDetail, EntitySummary
from apps.catalog.models import Entity
from apps.catalog.models.entity import EntityQuerySet

SUMMARY_COLUMNS = (
    "ref",
    "kind",
    "namespace",
    "name",
    "title",
    "description",
    "type",
    "lifecycle",
    "owner_ref",
    "system_ref",
    "tags",
    "error_count",
    "warning_count",
    "is_orphan",
    "updated_at",
)


def summaries(entities: EntityQuerySet) -> list[EntitySummary]:
    """Read the columns of lists only; the bodies, which can be large, stay in the database."""
    return [summary(entity) for entity in entities.only(*SUMMARY_COLUMNS)]


def summary(entity: Entity) -> EntitySummary:
    """Return an entity as lists show it."""
    return EntitySummary(
        **{name: getattr(entity, name) for name in SUMMARY_COLUMNS if name != "tags"},
        tags=tuple(entity.tags),
    )


def detail(entity: Entity) -> EntityDetail:
    """Return an entity with everything the catalog knows of it."""
    return EntityDetail(
        **{name: getattr(entity, name) for name in SUMMARY_COLUMNS if name != "tags"},
        tags=tuple(entity.tags),
        uid=str(entity.uid),
        etag=entity.etag,
        data=entity.data,
        source_url=entity.source_url,
        location_id=str(entity.location_id),
        is_restricted=entity.is_restricted,
        created_at=entity.created_at,
    )


def by_ref(entities: Iterable[EntitySummary]) -> dict[str, EntitySummary]:
    """Return the records by their reference."""
    return {entity.ref: entity for entity in entities}
