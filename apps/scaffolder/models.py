"""
Runs, their steps, their log and their secrets: the only truth about a run (reliability.md 3.3).

All moments of leases and schedules come from the database's clock.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.permissions import Actor, Permission, Target, can
from apps.core.ordered_json import OrderedJSONField
from apps.scaffolder.domain import states


class RunQuerySet(models.QuerySet["Run"]):
    """Runs, as far as somebody may see them."""

    def visible_to(self, actor: Actor) -> "RunQuerySet":
        """Return the runs that `actor` may know of: everybody sees that a run exists."""
        if not can(actor, Permission.RUN_READ):
            return self.none()
        return self

    def of_owners(self, actor: Actor) -> "RunQuerySet":
        """Return the runs that `actor` asked for, or that belong to one of their teams."""
        own = Q(requested_by=actor.user) | Q(owner_refs__overlap=sorted(actor.owner_refs))
        return self.filter(own)


class Run(models.Model):
    """One run of a golden path, with the template as it was when it was asked for."""

    STATES = [(state.value, state.value.capitalize()) for state in states.RunState]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template_ref = models.CharField(max_length=320)
    template_title = models.CharField(max_length=300)
    template = OrderedJSONField()
    template_sha = models.CharField(max_length=64)
    template_url = models.CharField(max_length=2000, blank=True)
    params = OrderedJSONField()
    params_hash = models.CharField(max_length=64)
    secret_names = ArrayField(models.CharField(max_length=200), default=list)
    user_entity = models.JSONField(null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs"
    )
    owner_refs = ArrayField(models.CharField(max_length=320), default=list)
    idem_key = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=STATES, default=states.RunState.QUEUED.value)
    epoch = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField()
    waiting_reason = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    error_step = models.CharField(max_length=200, blank=True)
    output = models.JSONField(default=dict)
    last_seq = models.PositiveIntegerField(default=0)
    log_bytes = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requested_by", "idem_key"], name="run_once_per_idem_key"
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_attempt_at"],
                name="run_due",
                condition=Q(state__in=["queued", "waiting"]),
            ),
            models.Index(fields=["lease_until"], name="run_lease", condition=Q(state="running")),
            models.Index(fields=["template_ref", "-created_at"], name="run_of_template"),
            models.Index(fields=["-created_at"], name="run_newest"),
            models.Index(fields=["requested_by", "-created_at"], name="run_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.template_title} {self.id}"

    @property
    def is_terminal(self) -> bool:
        return self.state in states.TERMINAL

    @property
    def target(self) -> Target:
        """What is asked about when somebody wants to read or control this run."""
        return Target(
            kind="run",
            name=str(self.id),
            owner_refs=frozenset(self.owner_refs),
            requested_by=self.requested_by_id,
        )


class RunStep(models.Model):
    """One step of a run; `request_marker` travels inside each creating call."""

    STATES = [(state.value, state.value.capitalize()) for state in states.StepState]

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    n = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    action = models.CharField(max_length=200)
    action_version = models.PositiveSmallIntegerField(default=1)
    input_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=STATES, default=states.StepState.TODO.value)
    epoch = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    request_marker = models.CharField(max_length=200, blank=True)
    intent_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=400, blank=True)
    external_url = models.CharField(max_length=2000, blank=True)
    output = models.JSONField(default=dict)
    # Versions of what was read from outside, so that a resumed run reads the same again.
    pins = models.JSONField(default=dict)
    workspace_digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["run", "n"], name="step_once_per_run"),
        ]
        indexes = [
            models.Index(
                fields=["external_id"], name="step_external", condition=~Q(external_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} step {self.n} {self.action}"


class RunEvent(models.Model):
    """One line of a run's log; `seq` counts from 1 without a gap."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    type = models.CharField(max_length=12, default="log")
    level = models.CharField(max_length=8, default="info")
    step_key = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="event_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.seq} {self.text[:60]}"


class RunSecret(models.Model):
    """A secret that somebody typed for one run, encrypted; gone when the run ends."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=200)
    sealed = models.TextField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="secret_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} secret {self.name}"
