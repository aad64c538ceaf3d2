"""What programs say about a commit."""

from django.db import models

from apps.forge.models.accounts import Account
from apps.forge.models.repositories import Repository


class CheckRun(models.Model):
    """One check of one commit; a workflow job has one of the same name."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="check_runs")
    head_sha = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    # GitHub's words: queued, in_progress, completed; success, failure, neutral, cancelled, …
    status = models.CharField(max_length=12, default="queued")
    conclusion = models.CharField(max_length=16, blank=True)
    # The slug of the app that reports it: "github-actions" for workflow jobs.
    app_slug = models.CharField(max_length=60, default="callboard")
    # The same for all jobs of a workflow run.
    suite_id = models.BigIntegerField(null=True)
    external_id = models.CharField(max_length=255, blank=True)
    details_url = models.CharField(max_length=2000, blank=True)
    output_title = models.CharField(max_length=255, blank=True)
    output_summary = models.TextField(blank=True)
    output_text = models.TextField(blank=True)
    annotations = models.JSONField(default=list)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["repository", "head_sha"], name="forge_check_of_commit")]

    def __str__(self) -> str:
        return f"{self.name} on {self.head_sha[:7]}"


class CommitStatus(models.Model):
    """The older form of a check: a state under a context."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="statuses")
    sha = models.CharField(max_length=40)
    state = models.CharField(max_length=7)
    context = models.CharField(max_length=255, default="default")
    description = models.CharField(max_length=140, blank=True)
    target_url = models.CharField(max_length=2000, blank=True)
    creator = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="statuses")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["repository", "sha"], name="forge_status_of_commit")]

    def __str__(self) -> str:
        return f"{self.context} on {self.sha[:7]}"
