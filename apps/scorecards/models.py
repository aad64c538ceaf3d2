"""Facts, rules at their versions, results, levels."""

from django.db import models
from django.db.models import Q

from apps.scorecards.domain.states import EvidenceClass, Level, State


class Fact(models.Model):
    """
    What a collector read about an entity under one key; a row for each change.

    The row with `is_current` is what rules read; `observed_at` is when it was seen last and
    `changed_at` when it became so. `value` is None where nothing could be read, for `reason`;
    `failed` if the collector crashed. `ttl` is in seconds; at `refresh_at`, half of it later, the
    sweep reads the fact again.
    """

    entity_ref = models.CharField(max_length=320)
    key = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    failed = models.BooleanField(default=False)
    collector = models.CharField(max_length=60)
    source_ref = models.CharField(max_length=600, blank=True)
    evidence_class = models.CharField(
        max_length=1, choices=[(c.value, c.value) for c in EvidenceClass]
    )
    observed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ttl = models.PositiveIntegerField()
    refresh_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity_ref", "key"], condition=Q(is_current=True), name="fact_current_once"
            )
        ]
        indexes = [
            models.Index(fields=["entity_ref", "key", "-changed_at"], name="fact_history"),
            models.Index(fields=["refresh_at"], condition=Q(is_current=True), name="fact_refresh"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.entity_ref}"


class RuleVersion(models.Model):
    """A rule as it was written; `definition` is the whole YAML document, never changed."""

    rule_id = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_id", "version"], name="rule_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.version}"


class Scorecard(models.Model):
    """A scorecard and the rules that count in it now, in order."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    kinds = models.JSONField(default=list)
    types = models.JSONField(default=list)
    synced_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class ScorecardRule(models.Model):
    """A rule's place in a scorecard."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="entries")
    rule_version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "rule_version"], name="scorecard_rule_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position} in {self.scorecard_id}"


class Result(models.Model):
    """
    What a rule says about an entity now; a rule is evaluated once however many scorecards use it.

    `since` is when it came into this state; `evidence` is a list of {text, path, line, url}.
    """

    entity_ref = models.CharField(max_length=320)
    rule_id = models.CharField(max_length=40)
    rule_version = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State])
    previous_state = models.CharField(max_length=16, blank=True)
    message = models.CharField(max_length=600, blank=True)
    evidence = models.JSONField(default=list)
    evaluated_at = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_ref", "rule_id"], name="result_once")
        ]
        indexes = [models.Index(fields=["rule_id", "state"], name="result_rule_state")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.state} for {self.entity_ref}"


class CardLevel(models.Model):
    """
    Where an entity stands on a scorecard now.

    `score` and `coverage` are shares from 0 to 1. `owner_ref` and `title` are copied from the
    catalog at evaluation so that a page of 2,000 services is one query. `held_since` is set while
    the level is the last good one because some rules have no data.
    """

    entity_ref = models.CharField(max_length=320)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="levels")
    title = models.CharField(max_length=200, blank=True)
    owner_ref = models.CharField(max_length=320, blank=True)
    level = models.PositiveSmallIntegerField(choices=[(v.value, v.key) for v in Level])
    score = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    failing = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    held_since = models.DateTimeField(null=True)
    since = models.DateTimeField()
    evaluated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_ref", "scorecard"], name="card_level_once")
        ]
        indexes = [
            models.Index(fields=["scorecard", "level", "entity_ref"], name="card_level_level"),
            models.Index(fields=["scorecard", "owner_ref"], name="card_level_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_ref} on {self.scorecard_id}"


class Snapshot(models.Model):
    """A day's last standing; never recomputed, and it keeps the versions of its rules."""

    day = models.DateField()
    entity_ref = models.CharField(max_length=320)
    scorecard_key = models.SlugField(max_length=60)
    owner_ref = models.CharField(max_length=320, blank=True)
    level = models.PositiveSmallIntegerField(choices=[(v.value, v.key) for v in Level])
    score = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    counts = models.JSONField(default=dict)
    rule_versions = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "scorecard_key", "entity_ref"], name="snapshot_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity_ref} on {self.day}"
