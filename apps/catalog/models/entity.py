"""Entities as the catalog serves them, and the relations between them."""

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from apps.accounts.models import Role
from apps.core.ordered_json import OrderedJSONField

if TYPE_CHECKING:
    from apps.accounts.permissions import Actor


class TermPrefix(models.Lookup):  # type: ignore[type-arg]  # not subscriptable at run time
    """`terms__prefix="spec.type=ser"`: any element begins with the text."""

    lookup_name = "prefix"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        # The column is quoted by Django, the text is a parameter.
        sql = f"EXISTS (SELECT 1 FROM unnest({column}) AS t WHERE starts_with(t, %s))"  # noqa: S608  # the name of a column
        return sql, (*parameters, self.rhs)

    def get_prep_lookup(self) -> Any:
        return self.rhs


class TermsField(ArrayField):  # type: ignore[type-arg]  # not generic when it runs
    """An array of search terms."""


TermsField.register_lookup(TermPrefix)


def sees_all(actor: "Actor | None") -> bool:
    """Tell whether nothing is hidden from this person; None is the portal itself."""
    return actor is None or actor.role in {Role.ADMIN, Role.STANDARDS_ADMIN}


class EntityQuerySet(models.QuerySet["Entity"]):
    """Questions about entities."""

    def visible_to(self, actor: "Actor | None") -> "EntityQuerySet":
        """
        Keep what this person may know of; None is the portal itself.

        The same rule as `accounts.permissions.decide` has for restricted targets.
        """
        if sees_all(actor):
            return self
        if actor is None or not actor.owner_refs:
            return self.filter(is_restricted=False)
        return self.filter(Q(is_restricted=False) | Q(owner_ref__in=sorted(actor.owner_refs)))


class Entity(models.Model):
    """
    One entity, final: what its document says, with relations, status, uid and etag.

    `data` is what the API serves; the other columns are taken from it. `terms` holds `key` and
    `key=value` for each searchable field (backstage-spec.md section 2), all lower-cased.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    ref = models.CharField(max_length=320, unique=True)
    kind = models.CharField(max_length=63)
    namespace = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
    sort_name = models.CharField(max_length=200)
    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=200, blank=True)
    lifecycle = models.CharField(max_length=200, blank=True)
    owner_ref = models.CharField(max_length=320, blank=True)
    system_ref = models.CharField(max_length=320, blank=True)
    tags = ArrayField(models.CharField(max_length=63), default=list)
    terms = TermsField(models.TextField(), default=list)
    search_text = models.TextField()
    data = OrderedJSONField()
    etag = models.CharField(max_length=64)
    source_url = models.CharField(max_length=2000, blank=True)
    is_restricted = models.BooleanField(default=False)
    is_orphan = models.BooleanField(default=False)
    error_count = models.PositiveSmallIntegerField(default=0)
    warning_count = models.PositiveSmallIntegerField(default=0)
    claim = models.ForeignKey(
        "catalog.Claim", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    location = models.ForeignKey(
        "catalog.Location", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = EntityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        indexes = [
            models.Index(fields=["kind", "sort_name", "ref"], name="entity_kind_name"),
            models.Index(fields=["sort_name", "ref"], name="entity_name"),
            models.Index(fields=["kind", "uid"], name="entity_kind_uid"),
            models.Index(fields=["owner_ref", "kind"], name="entity_owner"),
            models.Index(fields=["system_ref"], name="entity_system"),
            models.Index(fields=["-updated_at", "ref"], name="entity_updated"),
            # What the counts beside the list ask for, without the wide rows. Tags are left out: an
            # entry of an index holds 2700 bytes, and a document with more could not be taken.
            models.Index(
                fields=["kind", "type", "lifecycle", "owner_ref", "system_ref", "is_restricted"],
                name="entity_facets",
            ),
            GinIndex(fields=["terms"], name="entity_terms"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="entity_search"),
        ]

    def __str__(self) -> str:
        return self.ref


class Relation(models.Model):
    """
    A relation that a document states, in its first direction only (partOf, not hasPart).

    The other direction is the same row read from its target; a target need not exist.
    """

    claim = models.ForeignKey("catalog.Claim", on_delete=models.DO_NOTHING, db_constraint=False)
    source_ref = models.CharField(max_length=320)
    type = models.CharField(max_length=40)
    target_ref = models.CharField(max_length=320)

    class Meta:
        indexes = [
            models.Index(fields=["source_ref", "type"], name="relation_source"),
            models.Index(fields=["target_ref", "type"], name="relation_target"),
        ]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.type} {self.target_ref}"
