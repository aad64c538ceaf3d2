"""What the portal keeps of the forge: pipelines, deliveries, and its manners towards it."""

from django.db import models


class PipelineRun(models.Model):
    """A run of a workflow, kept current by webhooks and on request; GitHub stays the truth."""

    full_name = models.CharField(max_length=140)
    run_id = models.BigIntegerField()
    run_attempt = models.PositiveIntegerField(default=1)
    workflow = models.CharField(max_length=255, blank=True)
    number = models.PositiveIntegerField(default=0)
    branch = models.CharField(max_length=255, blank=True)
    sha = models.CharField(max_length=64, blank=True)
    event = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=20)
    conclusion = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=255, blank=True)
    html_url = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["full_name", "run_id"], name="pipeline_run_once")
        ]
        indexes = [models.Index(fields=["full_name", "-run_id"], name="pipeline_newest")]

    def __str__(self) -> str:
        return f"{self.full_name} {self.workflow} #{self.number} {self.conclusion or self.status}"

    @property
    def is_over(self) -> bool:
        """Tell whether the run has its conclusion."""
        return self.status == "completed"

    @property
    def seconds(self) -> float | None:
        """How long the run took, or None while it runs."""
        if self.started_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.started_at).total_seconds()


class WebhookDelivery(models.Model):
    """A delivery of the forge; GitHub keeps the GUID when it delivers again."""

    guid = models.CharField(max_length=80, unique=True)
    event = models.CharField(max_length=60)
    action = models.CharField(max_length=60, blank=True)
    full_name = models.CharField(max_length=140, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=models.Q(processed_at=None),
                name="delivery_unprocessed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.guid}"


class Installation(models.Model):
    """
    The manners towards one forge with one identity: until when it asked for silence.

    `key` is a digest of the API's address and the token's identity, never the token.
    """

    key = models.CharField(max_length=64, unique=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=200, blank=True)
    strikes = models.PositiveIntegerField(default=0)
    last_write_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} paused until {self.paused_until}"


class BudgetEntry(models.Model):
    """
    One changing call, counted against the budget of its installation.

    Rows instead of counters, because GitHub's limits roll: any 60 seconds, any hour. Rows older
    than an hour are removed.
    """

    installation = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "budget entries"
        indexes = [models.Index(fields=["installation", "at"], name="budget_window")]

    def __str__(self) -> str:
        return f"{self.installation[:8]} {self.at:%H:%M:%S}"


class CachedResponse(models.Model):
    """An answer to a GET with its ETag: a 304 does not count against GitHub's hourly quota."""

    key = models.CharField(max_length=64, unique=True)
    etag = models.CharField(max_length=200)
    link = models.CharField(max_length=2000, blank=True)
    body = models.TextField()
    used_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["used_at"], name="cached_response_used")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.etag}"
