"""Repositories, who may use them, and what their branches are protected from."""

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.forge.models.accounts import Account, OrganizationMembership, Team

# From least to most; a role includes all before it.
ROLES = ("pull", "triage", "push", "maintain", "admin")


class RepositoryQuerySet(models.QuerySet["Repository"]):
    def visible_to(self, account: Account | None) -> "RepositoryQuerySet":
        """Only repositories this account may know of."""
        if account is None:
            return self.filter(private=False)
        if account.is_site_admin:
            return self
        teams = Team.objects.filter(memberships__user=account)
        organizations = OrganizationMembership.objects.filter(user=account)
        return self.filter(
            Q(private=False)
            | Q(owner=account)
            | Q(owner__in=organizations.values("organization"))
            | Q(pk__in=Collaborator.objects.filter(user=account).values("repository"))
            | Q(pk__in=TeamRepository.objects.filter(team__in=teams).values("repository"))
        )

    def named(self, owner: str, name: str) -> "RepositoryQuerySet":
        """The repository with this full name; names are compared without case."""
        return self.filter(owner__login__iexact=owner, name__iexact=name).select_related("owner")


class Repository(models.Model):
    """A repository: a bare git repository in `folder` and what GitHub keeps beside it."""

    owner = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="repositories")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=350, blank=True)
    homepage = models.CharField(max_length=2000, blank=True)
    private = models.BooleanField(default=False)
    visibility = models.CharField(max_length=8, default="public")
    archived = models.BooleanField(default=False)
    is_template = models.BooleanField(default=False)
    default_branch = models.CharField(max_length=255, default="main")
    topics = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    has_issues = models.BooleanField(default=True)
    has_projects = models.BooleanField(default=True)
    has_wiki = models.BooleanField(default=True)
    has_discussions = models.BooleanField(default=False)
    allow_merge_commit = models.BooleanField(default=True)
    allow_squash_merge = models.BooleanField(default=True)
    allow_rebase_merge = models.BooleanField(default=True)
    allow_auto_merge = models.BooleanField(default=False)
    allow_update_branch = models.BooleanField(default=False)
    delete_branch_on_merge = models.BooleanField(default=False)
    vulnerability_alerts = models.BooleanField(default=False)
    security = models.JSONField(default=dict, blank=True)
    last_number = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    pushed_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = RepositoryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="forge_name_once")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def folder(self) -> Path:
        """Where the bare repository lies: by number, so that no name becomes a path."""
        return Path(settings.FORGE_DATA) / "repositories" / f"{self.pk}.git"

    @property
    def html_url(self) -> str:
        return f"{settings.EMBEDDED_FORGE_URL}/{self.full_name}"

    @property
    def api_url(self) -> str:
        return f"{settings.EMBEDDED_FORGE_URL}/api/v3/repos/{self.full_name}"

    @property
    def clone_url(self) -> str:
        return f"{self.html_url}.git"


class Collaborator(models.Model):
    """A user may use a repository beyond what membership gives."""

    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="collaborators"
    )
    user = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="collaborations")
    role = models.CharField(max_length=8, default="push")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "user"], name="forge_collaborator_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.repository_id}"


class TeamRepository(models.Model):
    """A team may use a repository."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="repository_grants")
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="team_grants")
    role = models.CharField(max_length=8, default="push")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "repository"], name="forge_team_repository_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} on {self.repository_id}"


class BranchProtection(models.Model):
    """What a branch is protected from; the JSON columns hold GitHub's own bodies, or null."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="protections")
    branch = models.CharField(max_length=255)
    # {"strict": bool, "contexts": [name]}
    required_status_checks = models.JSONField(null=True)
    # {"required_approving_review_count": n, "dismiss_stale_reviews": b, …}
    required_reviews = models.JSONField(null=True)
    # {"users": [login], "teams": [slug], "apps": [slug]}
    restrictions = models.JSONField(null=True)
    enforce_admins = models.BooleanField(default=False)
    required_signatures = models.BooleanField(default=False)
    # The switches: required_linear_history, allow_force_pushes, allow_deletions, …
    switches = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "branch"], name="forge_protection_once")
        ]

    def __str__(self) -> str:
        return f"{self.branch} of {self.repository_id}"
