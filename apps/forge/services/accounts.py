"""Making users, organisations and teams, and who belongs where."""

import re

from django.db import IntegrityError, transaction

from apps.forge.errors import Invalid, Missing, invalid_field
from apps.forge.models import Account, OrganizationMembership, Team, TeamMembership

# GitHub's own rule for logins.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
# First parts of addresses that are not an account's.
_RESERVED = {"api", "orgs", "login", "static", "admin", "settings", "healthz"}


def create_account(
    *,
    login: str,
    type: Account.Type,
    name: str = "",
    email: str = "",
    description: str = "",
) -> Account:
    """
    Make a user or an organisation.

    :raises apps.forge.errors.Invalid: if the login cannot be used or is taken
    """
    if not _LOGIN.fullmatch(login) or login.lower() in _RESERVED:
        message = "Login may only contain alphanumeric characters or single hyphens, and cannot "
        message += "begin or end with a hyphen"
        raise invalid_field(type.value, "login", "custom", message)
    try:
        with transaction.atomic():
            return Account.objects.create(
                login=login,
                type=type,
                name=name[:255],
                email=email[:254],
                description=description[:255],
            )
    except IntegrityError as error:
        raise invalid_field(type.value, "login", "already_exists") from error


def join_organization(
    *, organization: Account, user: Account, role: str = "member"
) -> OrganizationMembership:
    """Let a user belong to an organisation; at once, nobody is asked."""
    membership, _ = OrganizationMembership.objects.update_or_create(
        organization=organization, user=user, defaults={"role": role}
    )
    return membership


def leave_organization(*, organization: Account, user: Account) -> None:
    """
    Take a user out of an organisation and its teams.

    :raises apps.forge.errors.Missing: if they do not belong to it
    """
    gone, _ = OrganizationMembership.objects.filter(organization=organization, user=user).delete()
    if not gone:
        raise Missing
    TeamMembership.objects.filter(team__organization=organization, user=user).delete()


def slug_of(name: str) -> str:
    """Return how a team's name is written in addresses."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:100]


def create_team(
    *,
    organization: Account,
    name: str,
    description: str = "",
    privacy: str = "closed",
    parent: Team | None = None,
) -> Team:
    """
    Make a team.

    :raises apps.forge.errors.Invalid: if the name cannot be used or is taken
    """
    slug = slug_of(name)
    if not slug:
        raise invalid_field("Team", "name", "missing_field")
    try:
        with transaction.atomic():
            return Team.objects.create(
                organization=organization,
                slug=slug,
                name=name,
                description=description,
                privacy=privacy,
                parent=parent,
            )
    except IntegrityError as error:
        raise invalid_field(
            "Team", "name", "already_exists", "Name must be unique for this org"
        ) from error


def join_team(*, team: Team, user: Account, role: str = "member") -> TeamMembership:
    """
    Let a user belong to a team, and to its organisation.

    :raises apps.forge.errors.Invalid: if an organisation is to join
    """
    if user.is_organization:
        raise Invalid("Cannot add an organization as a member.")
    OrganizationMembership.objects.get_or_create(organization=team.organization, user=user)
    membership, _ = TeamMembership.objects.update_or_create(
        team=team, user=user, defaults={"role": role}
    )
    return membership
