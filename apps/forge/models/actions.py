"""Workflows, their runs and jobs, and what these may use."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from apps.forge.models.accounts import Account
from apps.forge.models.checks import CheckRun
from apps.forge.models.pulls import PullRequest
from apps.forge.models.repositories import Repository


class Workflow(models.Model):
    """A workflow file that has been seen in a repository; GitHub numbers them."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="workflows")
    path = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    # GitHub's words: active, deleted, disabled_manually.
    state = models.CharField(max_length=20, default="active")
    last_run_number = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "path"], name="forge_workflow_once")
        ]

    def __str__(self) -> str:
        return self.path


class WorkflowRun(models.Model):
    """One run of a workflow at one commit; `attempt` counts its repetitions."""

    class Status(models.TextChoices):
        PENDING = "pending"  # waits for another run of its concurrency group
        QUEUED = "queued"
        IN_PROGRESS = "in_progress"
        COMPLETED = "completed"

    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="workflow_runs"
    )
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs")
    number = models.IntegerField()
    attempt = models.IntegerField(default=1)
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255)
    event = models.CharField(max_length=40)
    # The full ref that the run is for, and its short name.
    ref = models.CharField(max_length=300)
    head_branch = models.CharField(max_length=255)
    head_sha = models.CharField(max_length=40)
    # GitHub's "simple-commit", so that a list of runs asks git for nothing.
    head_commit = models.JSONField(default=dict)
    pull_request = models.ForeignKey(
        PullRequest, null=True, on_delete=models.SET_NULL, related_name="workflow_runs"
    )
    actor = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="workflow_runs")
    triggering_actor = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="triggered_workflow_runs"
    )
    # The workflow file as it was at the commit, so that a later push changes nothing.
    source = models.TextField()
    payload = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    conclusion = models.CharField(max_length=20, blank=True)
    # What is wrong with the file, and what of it the runner leaves out: [{line, field, message}].
    problems = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    concurrency_group = models.CharField(max_length=400, blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow", "number"], name="forge_run_number_once")
        ]
        indexes = [
            models.Index(fields=["repository", "-id"], name="forge_run_of_repository"),
            models.Index(
                fields=["status"],
                name="forge_run_unfinished",
                condition=~models.Q(status="completed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.number}"

    @property
    def html_url(self) -> str:
        return f"{self.repository.html_url}/actions/runs/{self.pk}"

    @property
    def api_url(self) -> str:
        return f"{self.repository.api_url}/actions/runs/{self.pk}"

    @property
    def suite_id(self) -> int:
        """The check suite that the checks of its jobs belong to; one for each run."""
        return int(self.pk)


class WorkflowJob(models.Model):
    """
    One job of a run, one for each combination of a matrix.

    A worker owns it while `lease_until` lies ahead; `epoch` grows with each claim, so that a
    worker that was thought dead writes nothing.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        IN_PROGRESS = "in_progress"
        COMPLETED = "completed"

    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="jobs")
    attempt = models.IntegerField(default=1)
    # The id of the job in the file, and its place among those of its matrix.
    key = models.CharField(max_length=100)
    index = models.IntegerField(default=0)
    total = models.IntegerField(default=1)
    name = models.CharField(max_length=255)
    combination = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    conclusion = models.CharField(max_length=20, blank=True)
    steps = models.JSONField(default=list)
    outputs = models.JSONField(default=dict)
    annotations = models.JSONField(default=list)
    summary = models.TextField(blank=True)
    # A failure of it does not fail the run.
    continue_on_error = models.BooleanField(default=False)
    check_run = models.ForeignKey(CheckRun, null=True, on_delete=models.SET_NULL)
    dispatched_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    epoch = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "attempt", "key", "index"], name="forge_job_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["status", "lease_until"],
                name="forge_job_unfinished",
                condition=~models.Q(status="completed"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def html_url(self) -> str:
        return f"{self.run.html_url}/job/{self.pk}"

    @property
    def log_file(self) -> Path:
        """Where its log lies; the file may not exist yet."""
        return Path(settings.FORGE_DATA) / "logs" / str(self.run_id) / f"{self.pk}.log"


class ActionsSecret(models.Model):
    """A secret of a repository, or of every repository of an organisation; stored encrypted."""

    repository = models.ForeignKey(
        Repository, null=True, on_delete=models.CASCADE, related_name="actions_secrets"
    )
    organization = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="actions_secrets"
    )
    name = models.CharField(max_length=255)
    value = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("repository", Upper("name"), name="forge_secret_once"),
            models.UniqueConstraint("organization", Upper("name"), name="forge_org_secret_once"),
            models.CheckConstraint(
                condition=models.Q(repository=None) ^ models.Q(organization=None),
                name="forge_secret_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ActionsVariable(models.Model):
    """A variable of a repository, or of every repository of an organisation."""

    repository = models.ForeignKey(
        Repository, null=True, on_delete=models.CASCADE, related_name="actions_variables"
    )
    organization = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="actions_variables"
    )
    name = models.CharField(max_length=255)
    value = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("repository", Upper("name"), name="forge_variable_once"),
            models.UniqueConstraint("organization", Upper("name"), name="forge_org_variable_once"),
            models.CheckConstraint(
                condition=models.Q(repository=None) ^ models.Q(organization=None),
                name="forge_variable_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ActionsSettings(models.Model):
    """What workflows of a repository may do."""

    repository = models.OneToOneField(
        Repository, on_delete=models.CASCADE, related_name="actions_settings"
    )
    enabled = models.BooleanField(default=True)
    allowed_actions = models.CharField(max_length=12, default="all")
    sha_pinning_required = models.BooleanField(default=False)
    default_workflow_permissions = models.CharField(max_length=5, default="read")
    can_approve_pull_request_reviews = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Actions of {self.repository_id}"

    @classmethod
    def of(cls, repository: Repository) -> Any:
        """Return the settings of a repository, GitHub's defaults where nothing was set."""
        return cls.objects.filter(repository=repository).first() or cls(repository=repository)
