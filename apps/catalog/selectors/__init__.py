"""Reads of the catalog; `actor` is who asks, None is the portal itself."""

from apps.catalog.selectors.brought import brought_by
from apps.catalog.selectors.entities import (
    EntityList,
    EntityNotFound,
    entities_by_refs,
    errors_of,
    exists,
    get_entity,
    hidden_refs,
    list_entities,
    owned_by,
    refs_of_kinds,
    source_documents,
    suggest_entities,
    template_entities,
)
from apps.catalog.selectors.facets import facets_of
from apps.catalog.selectors.graph import neighbourhood, relations_of
from apps.catalog.selectors.locations import get_location, location_problems, locations
from apps.catalog.selectors.titles import titles_of

__all__ = [
    "EntityList",
    "EntityNotFound",
    "brought_by",
    "entities_by_refs",
    "errors_of",
    "exists",
    "facets_of",
    "get_entity",
    "get_location",
    "hidden_refs",
    "list_entities",
    "location_problems",
    "locations",
    "neighbourhood",
    "owned_by",
    "refs_of_kinds",
    "relations_of",
    "source_documents",
    "suggest_entities",
    "template_entities",
    "titles_of",
]
