"""The tables that every app shares: the audit log and the workers' sign of life."""

from django.db import models


class AuditEvent(models.Model):
    """
    One change or refusal: who did what to which object, when and from where.

    Rows are only ever added: a trigger refuses UPDATE and DELETE, and each row carries the hash of
    the one before it.
    """

    class Decision(models.TextChoices):
        ALLOWED = "allowed"
        DENIED = "denied"
        FAILED = "failed"

    at = models.DateTimeField()
    actor_type = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200, blank=True)
    auth_method = models.CharField(max_length=40, blank=True)
    source_address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=320)
    object_name = models.CharField(max_length=320, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.ALLOWED)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.action} {self.object_id}"


class Heartbeat(models.Model):
    """The last sign of life of a kind of process, written by the process itself."""

    name = models.CharField(max_length=60, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} seen {self.seen_at:%H:%M:%S}"
