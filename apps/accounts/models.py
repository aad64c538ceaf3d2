"""People, their teams and their tokens."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Role(models.TextChoices):
    """What a person may do in general; ownership adds to it (reliability.md section 5)."""

    VIEWER = "viewer", "Viewer"
    MEMBER = "member", "Member"
    TEMPLATE_AUTHOR = "template_author", "Template author"
    STANDARDS_ADMIN = "standards_admin", "Standards administrator"
    ADMIN = "admin", "Administrator"


class User(AbstractUser):
    """A person who signs in; `entity_ref` links them to their User entity of the catalog."""

    role = models.CharField(max_length=20, choices=Role, default=Role.MEMBER)
    entity_ref = models.CharField(max_length=320, blank=True, db_index=True)
    theme = models.CharField(max_length=10, default="system")
    starred = ArrayField(models.CharField(max_length=320), default=list, blank=True)

    @property
    def display_name(self) -> str:
        """The person's full name, or their user name."""
        return self.get_full_name() or self.username


class Membership(models.Model):
    """
    A person of the catalog belongs to a group of the catalog; written by the catalog.

    `direct` is false for the groups above: a member of a team is a member of its parents.
    """

    user_ref = models.CharField(max_length=320)
    group_ref = models.CharField(max_length=320)
    direct = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_ref", "group_ref"], name="membership_once")
        ]
        indexes = [models.Index(fields=["group_ref"], name="membership_group")]

    def __str__(self) -> str:
        return f"{self.user_ref} in {self.group_ref}"


class ApiToken(models.Model):
    """
    A token for the REST API: `ptl_<8 id>_<32 random>_<crc>`; only its SHA-256 is kept.

    The random part has more than 128 bits, so a fast hash is enough (ASVS 6.5.2).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    public_id = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class SignInLink(models.Model):
    """A link that signs one person in once; only the SHA-256 of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"
