"""Users, organisations, teams and their tokens."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class Account(models.Model):
    """A user or an organisation: whoever owns repositories, as one name space of logins."""

    class Type(models.TextChoices):
        USER = "User"
        ORGANIZATION = "Organization"

    login = models.CharField(max_length=39)
    type = models.CharField(max_length=12, choices=Type, default=Type.USER)
    name = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    description = models.CharField(max_length=255, blank=True)
    is_site_admin = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("login"), name="forge_login_once")]

    def __str__(self) -> str:
        return self.login

    @property
    def is_organization(self) -> bool:
        return self.type == self.Type.ORGANIZATION

    @property
    def noreply_email(self) -> str:
        """The address commits carry when the account has told none."""
        return self.email or f"{self.pk}+{self.login}@users.noreply.forge.invalid"


class OrganizationMembership(models.Model):
    """A user belongs to an organisation; owners of it have the role `admin`."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"

    organization = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="organization_members"
    )
    user = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="organization_memberships"
    )
    role = models.CharField(max_length=6, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="forge_organization_member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organization_id}"


class Team(models.Model):
    """A team of an organisation."""

    organization = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="teams")
    slug = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=255, blank=True)
    privacy = models.CharField(max_length=6, default="closed")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "slug"], name="forge_team_once")
        ]

    def __str__(self) -> str:
        return self.slug


class TeamMembership(models.Model):
    """A user belongs to a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="team_memberships")
    role = models.CharField(max_length=10, default="member")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="forge_team_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def valid(self) -> "AccessTokenQuerySet":
        """Only tokens that have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


class AccessToken(models.Model):
    """
    A token of an account; only its SHA-256 is kept.

    With `repository`, it opens nothing but that one: the token of a workflow job.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    repository = models.ForeignKey(
        "forge.Repository", null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    note = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    last_eight = models.CharField(max_length=8, blank=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = AccessTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"…{self.last_eight} of {self.account_id}"

    @staticmethod
    def digest_of(token: str) -> str:
        """Return what is stored of a token; it is random enough for a fast hash."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls,
        *,
        account: Account,
        note: str,
        token: str = "",
        repository: Any = None,
        expires_at: datetime | None = None,
        scopes: list[str] | None = None,
    ) -> tuple["AccessToken", str]:
        """Store a token, a new random one by default, and return it with its text."""
        text = token or "ghp_" + secrets.token_hex(18)
        made = cls.objects.create(
            account=account,
            repository=repository,
            note=note,
            digest=cls.digest_of(text),
            last_eight=text[-8:],
            scopes=scopes if scopes is not None else ["repo", "workflow", "admin:org"],
            expires_at=expires_at,
        )
        return made, text
