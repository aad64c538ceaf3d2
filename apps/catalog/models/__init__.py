"""The catalog's tables; private to the catalog, others use its selectors and services."""

from apps.catalog.models.entity import Entity, Relation
from apps.catalog.models.location import Claim, Location, SourceFile

__all__ = ["Claim", "Entity", "Location", "Relation", "SourceFile"]
