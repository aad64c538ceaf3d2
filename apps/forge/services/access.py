"""Who calls, and what they may do."""

import hmac

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.forge.errors import BadCredentials
from apps.forge.models import (
    AccessToken,
    Account,
    Collaborator,
    OrganizationMembership,
    Repository,
    TeamRepository,
)
from apps.forge.models.repositories import ROLES

# The built-in owner of the forge; its token is the setting FORGE_ADMIN_TOKEN.
SITE_ADMINISTRATOR = "callboard"


def site_administrator() -> Account:
    """Return the built-in owner, made at the first use."""
    known = Account.objects.filter(login=SITE_ADMINISTRATOR).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Account.objects.create(
                login=SITE_ADMINISTRATOR, name="Callboard", is_site_admin=True
            )
    except IntegrityError:
        return Account.objects.get(login=SITE_ADMINISTRATOR)


def account_of_token(token: str) -> tuple[Account, AccessToken | None]:
    """
    Return whose token this is; the built-in owner's has no row.

    :raises apps.forge.errors.BadCredentials: if it is unknown or has expired
    """
    builtin = str(getattr(settings, "FORGE_ADMIN_TOKEN", ""))
    if builtin and hmac.compare_digest(token.encode(), builtin.encode()):
        return site_administrator(), None
    digest = AccessToken.digest_of(token)
    known = AccessToken.objects.valid().select_related("account").filter(digest=digest).first()
    if known is None:
        raise BadCredentials
    return known.account, known


def role_on(
    repository: Repository, account: Account | None, token: AccessToken | None = None
) -> str | None:
    """Return the highest role on a repository ("pull" … "admin"), or None if it is hidden."""
    if token is not None and token.repository_id not in (None, repository.pk):
        return "pull" if not repository.private else None
    if account is None:
        return None if repository.private else "pull"
    if account.is_site_admin or repository.owner_id == account.pk:
        return "admin"
    membership = OrganizationMembership.objects.filter(
        organization=repository.owner_id, user=account
    ).first()
    if membership is not None and membership.role == OrganizationMembership.Role.ADMIN:
        return "admin"
    roles = list(
        TeamRepository.objects.filter(
            repository=repository, team__memberships__user=account
        ).values_list("role", flat=True)
    )
    roles += Collaborator.objects.filter(repository=repository, user=account).values_list(
        "role", flat=True
    )
    if membership is not None or not repository.private:
        roles.append("pull")
    return max(roles, key=ROLES.index, default=None)


def includes(role: str | None, needed: str) -> bool:
    """Tell whether a role allows what another one does."""
    return role is not None and ROLES.index(role) >= ROLES.index(needed)


def administers(organization: Account, account: Account | None) -> bool:
    """Tell whether an account owns an organisation (or the whole forge)."""
    if account is None:
        return False
    if account.is_site_admin:
        return True
    return OrganizationMembership.objects.filter(
        organization=organization, user=account, role=OrganizationMembership.Role.ADMIN
    ).exists()


def is_member(organization: Account, account: Account | None) -> bool:
    """Tell whether an account belongs to an organisation (or owns the whole forge)."""
    if account is None:
        return False
    return (
        account.is_site_admin
        or OrganizationMembership.objects.filter(organization=organization, user=account).exists()
    )
