"""Pull requests and their reviews."""

from django.db import models

from apps.forge.models.accounts import Account, Team
from apps.forge.models.repositories import Repository


class PullRequest(models.Model):
    """A request to merge one branch of a repository into another of the same repository."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="pull_requests"
    )
    number = models.IntegerField()
    title = models.CharField(max_length=256)
    body = models.TextField(blank=True)
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="pull_requests")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    draft = models.BooleanField(default=False)
    head_branch = models.CharField(max_length=255)
    # Kept current by every push while open; the last ones once closed.
    head_sha = models.CharField(max_length=40)
    base_branch = models.CharField(max_length=255)
    base_sha = models.CharField(max_length=40)
    requested_users = models.ManyToManyField(Account, related_name="review_requests")
    requested_teams = models.ManyToManyField(Team, related_name="review_requests")
    merge_commit_sha = models.CharField(max_length=40, blank=True)
    merged_at = models.DateTimeField(null=True)
    merged_by = models.ForeignKey(
        Account, null=True, on_delete=models.SET_NULL, related_name="merged_pull_requests"
    )
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "number"], name="forge_number_once"),
            models.UniqueConstraint(
                fields=["repository", "head_branch", "base_branch"],
                condition=models.Q(state="open"),
                name="forge_open_pull_request_once",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} of {self.repository_id}"

    @property
    def html_url(self) -> str:
        return f"{self.repository.html_url}/pull/{self.number}"


class Review(models.Model):
    """What a person said about a pull request."""

    pull_request = models.ForeignKey(PullRequest, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reviews")
    # GitHub's words: APPROVED, CHANGES_REQUESTED, COMMENTED.
    state = models.CharField(max_length=20)
    body = models.TextField(blank=True)
    commit_sha = models.CharField(max_length=40)
    submitted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.state} on {self.pull_request_id}"
