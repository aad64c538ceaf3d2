"""Reads about people."""

from apps.accounts.models import Membership, User
from apps.accounts.permissions import Actor


def actor_for(user: User, *, scopes: frozenset[str] | None = None) -> Actor:
    """Return who this person is for permissions: their groups and, for a token, its scopes."""
    groups: frozenset[str] = frozenset()
    if user.entity_ref:
        groups = frozenset(
            Membership.objects.filter(user_ref=user.entity_ref).values_list("group_ref", flat=True)
        )
    return Actor(user=user, group_refs=groups, scopes=scopes)
