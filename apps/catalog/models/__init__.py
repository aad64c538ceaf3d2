"""The catalog's tables; private to the catalog, others use its selectors and services."""

from apps.catalog.models.entity import Entity, Relation
from apps.catalog.models.location import Claim, Location, SourceFile
from apps.catalog.models.revision import Revision

__all__ = ["Claim", "Entity", "Location", "Relation", "Revision", "SourceFile"]
