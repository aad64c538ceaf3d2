"""What happened in repositories and has not been looked at yet."""

from django.db import models

from apps.forge.models.accounts import Account
from apps.forge.models.repositories import Repository


class RepositoryEvent(models.Model):
    """
    A push or a pull request whose workflows have not been started yet; removed once they are.

    The row is written with the change itself, so that a message that gets lost loses nothing.
    """

    PUSH = "push"
    PULL_REQUEST = "pull_request"

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE)
    sender = models.ForeignKey(Account, on_delete=models.CASCADE)
    event = models.CharField(max_length=20)
    # ref, before and after of a push; number and action of a pull request.
    details = models.JSONField()
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
