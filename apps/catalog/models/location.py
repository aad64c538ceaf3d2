"""Where entities come from: registered locations, the files they lead to, and their documents."""

import uuid

from django.conf import settings
from django.db import models

from apps.core.ordered_json import OrderedJSONField


class Location(models.Model):
    """A registered place that the catalog reads again and again."""

    class ManagedBy(models.TextChoices):
        SYSTEM = "system"
        API = "api"
        CONFIG = "config"

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        OK = "ok", "Up to date"
        PROBLEMS = "problems", "Has problems"
        FAILED = "failed", "Could not be read"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=20)
    target = models.CharField(max_length=2000)
    presence = models.CharField(max_length=10, default="required")
    managed_by = models.CharField(max_length=10, choices=ManagedBy, default=ManagedBy.API)
    # Kinds that give people rights (User, Group, Template) are taken from trusted locations only.
    trusted = models.BooleanField(default=False)
    entity_ref = models.CharField(max_length=320, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_run_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    next_refresh_at = models.DateTimeField(null=True, db_index=True)
    file_count = models.PositiveIntegerField(default=0)
    entity_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    # Why nothing is removed although files are gone; empty while removal works (F32).
    pruning_paused = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "target"], name="location_once")]

    def __str__(self) -> str:
        return f"{self.type}:{self.target}"


class SourceFile(models.Model):
    """A file that a location leads to, as it was last read."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="files")
    url = models.CharField(max_length=2000)
    # SHA-256 of the content and of everything else that decides what comes of it.
    digest = models.CharField(max_length=64, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    # Digest of each file that a substitution reads ($text and the like), by address.
    dependencies = models.JSONField(default=dict)
    problem = models.JSONField(null=True)
    read_at = models.DateTimeField(null=True)
    # Since when nothing leads to the file any more; its entities are orphans.
    missing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "url"], name="source_file_once")]

    def __str__(self) -> str:
        return self.url


class Claim(models.Model):
    """
    One document of a file: it claims the name of an entity.

    `entity` is the last good version, validated and annotated, without relations; null if there
    never was one. Of several claims to one name the oldest active one has it.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        CONFLICT = "conflict"
        REFUSED = "refused"

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="claims")
    file = models.ForeignKey(SourceFile, on_delete=models.CASCADE, related_name="claims")
    ordinal = models.PositiveIntegerField()
    line = models.PositiveIntegerField(default=1)
    ref = models.CharField(max_length=320, blank=True, db_index=True)
    kind = models.CharField(max_length=63, blank=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State)
    entity = OrderedJSONField(null=True)
    problems = models.JSONField(default=list)
    orphaned_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.ref or 'a document'} in {self.file_id}:{self.line}"
