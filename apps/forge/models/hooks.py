"""Hooks of repositories and organisations, and what was delivered to them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.forge.models.accounts import Account
from apps.forge.models.repositories import Repository


class Hook(models.Model):
    """An address that is told of events; of a repository, or of every one of an organisation."""

    repository = models.ForeignKey(
        Repository, null=True, on_delete=models.CASCADE, related_name="hooks"
    )
    organization = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="hooks"
    )
    url = models.CharField(max_length=2000)
    content_type = models.CharField(max_length=4, default="json")
    # Encrypted; empty without a secret.
    secret = models.TextField(blank=True)
    insecure_ssl = models.BooleanField(default=False)
    events = ArrayField(models.CharField(max_length=60), default=list)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(repository=None) ^ models.Q(organization=None),
                name="forge_hook_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.url


class HookDelivery(models.Model):
    """One request to a hook: first what will be sent, then what was answered."""

    # The states before there is an answer; afterwards the status is GitHub's text.
    PENDING = "pending"
    SENDING = "sending"

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="deliveries")
    repository = models.ForeignKey(Repository, null=True, on_delete=models.CASCADE)
    guid = models.UUIDField(default=uuid.uuid4)
    event = models.CharField(max_length=60)
    action = models.CharField(max_length=60, blank=True)
    payload = models.JSONField()
    redelivery = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Null until it has been tried.
    delivered_at = models.DateTimeField(null=True)
    duration_seconds = models.FloatField(default=0)
    status = models.CharField(max_length=200, default=PENDING)
    status_code = models.IntegerField(default=0)
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["hook", "-id"], name="forge_delivery_of_hook")]

    def __str__(self) -> str:
        return f"{self.event} {self.guid}"
