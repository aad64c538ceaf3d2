"""Entities as the catalog hands them out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.catalog.domain.ref import EntityRef


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """An entity as lists show it; refs are canonical text."""

    ref: str
    kind: str
    namespace: str
    name: str
    title: str = ""
    description: str = ""
    type: str = ""
    lifecycle: str = ""
    owner_ref: str = ""
    system_ref: str = ""
    tags: tuple[str, ...] = ()
    error_count: int = 0
    warning_count: int = 0
    is_orphan: bool = False
    updated_at: datetime | None = None

    @property
    def display_name(self) -> str:
        """The title, or the name."""
        return self.title or self.name

    @property
    def path(self) -> str:
        """The address of the entity's page."""
        return EntityRef.parse(self.ref).path


@dataclass(frozen=True, slots=True)
class EntityDetail(EntitySummary):
    """An entity with everything the catalog knows of it; `data` is the entity as served."""

    uid: str = ""
    etag: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    source_url: str = ""
    location_id: str = ""
    is_restricted: bool = False
    created_at: datetime | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        result: dict[str, Any] = self.data.get("metadata", {})
        return result

    @property
    def spec(self) -> dict[str, Any]:
        result: dict[str, Any] = self.data.get("spec", {})
        return result

    @property
    def annotations(self) -> dict[str, str]:
        result: dict[str, str] = self.metadata.get("annotations", {})
        return result

    @property
    def links(self) -> list[dict[str, str]]:
        result: list[dict[str, str]] = self.metadata.get("links", [])
        return result

    @property
    def relations(self) -> list[dict[str, str]]:
        """`{type, targetRef}` of each relation, both directions, sorted."""
        result: list[dict[str, str]] = self.data.get("relations", [])
        return result


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other end of a relation; `entity` is None where nothing has this reference."""

    type: str
    ref: str
    entity: EntitySummary | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation between two nodes of a graph, in its first direction (partOf, not hasPart)."""

    source: str
    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The neighbourhood of an entity; `truncated` if the limit left nodes out."""

    root: str
    nodes: tuple[Neighbour, ...]
    edges: tuple[Edge, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One choice of a facet with how many entities it would leave."""

    value: str
    label: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow the list; `key` is the parameter of the address."""

    key: str
    label: str
    values: tuple[FacetValue, ...]
