"""Organisations and who belongs to them."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, methods
from apps.forge.errors import Missing, Refused
from apps.forge.models import Account, OrganizationMembership, Repository
from apps.forge.services import access, accounts
from apps.forge.shapes import accounts as shapes
from apps.forge.shapes.text import api


def get_organization(call: Call, org: str) -> dict[str, Any]:
    return _full(account_named(org, organization=True))


def update_organization(call: Call, org: str) -> dict[str, Any]:
    owner = administered(call, org)
    fields = call.fields("Organization")
    owner.name = fields.text("name", owner.name, longest=255)
    owner.description = fields.text("description", owner.description, longest=255)
    owner.email = fields.text("email", owner.email, longest=254)
    owner.save()
    return _full(owner)


def list_members(call: Call, org: str) -> list[dict[str, Any]]:
    owner = account_named(org, organization=True)
    if not access.is_member(owner, call.account):
        # Others see public members; nobody is one here.
        return []
    found = Account.objects.filter(organization_memberships__organization=owner)
    if call.query.get("role") in ("admin", "member"):
        found = Account.objects.filter(
            organization_memberships__organization=owner,
            organization_memberships__role=call.query["role"],
        )
    return [shapes.user(account) for account in call.page(found.order_by("login"))]


def check_member(call: Call, org: str, login: str) -> Answer:
    owner = account_named(org, organization=True)
    if not access.is_member(owner, call.account):
        raise Missing
    if not OrganizationMembership.objects.filter(
        organization=owner, user__login__iexact=login
    ).exists():
        raise Missing
    return Answer(status=204)


def get_membership(call: Call, org: str, login: str) -> dict[str, Any]:
    owner = account_named(org, organization=True)
    known = (
        OrganizationMembership.objects.filter(organization=owner, user__login__iexact=login)
        .select_related("user", "organization")
        .first()
    )
    if known is None or not access.is_member(owner, call.account):
        raise Missing
    return _membership(known)


def get_own_membership(call: Call, org: str) -> dict[str, Any]:
    return get_membership(call, org, call.caller.login)


def set_membership(call: Call, org: str, login: str) -> dict[str, Any]:
    owner = administered(call, org)
    role = call.fields("Membership").choice("role", ("admin", "member"), "member")
    user = account_named(login, organization=False)
    return _membership(accounts.join_organization(organization=owner, user=user, role=role))


def remove_member(call: Call, org: str, login: str) -> None:
    owner = administered(call, org)
    accounts.leave_organization(organization=owner, user=account_named(login))


def administered(call: Call, org: str) -> Account:
    """
    Return an organisation that the caller may administer.

    :raises apps.forge.errors.Refused: if they may not
    """
    owner = account_named(org, organization=True)
    if not access.administers(owner, call.caller):
        raise Refused("You must be an organization owner to do this.")
    return owner


def _full(owner: Account) -> dict[str, Any]:
    count = Repository.objects.filter(owner=owner, private=False).count()
    return shapes.full_organization(owner, repositories=count)


def _membership(known: OrganizationMembership) -> dict[str, Any]:
    organization = known.organization
    return {
        "url": api(f"/orgs/{organization.login}/memberships/{known.user.login}"),
        "state": "active",
        "role": known.role,
        "organization_url": api(f"/orgs/{organization.login}"),
        "organization": shapes.organization(organization),
        "user": shapes.user(known.user),
    }


_member = methods(GET=get_membership, PUT=set_membership, DELETE=remove_member)
urlpatterns = [
    path("orgs/<org>", methods(GET=get_organization, PATCH=update_organization)),
    path("orgs/<org>/members", methods(GET=list_members)),
    path("orgs/<org>/members/<login>", methods(GET=check_member, DELETE=remove_member)),
    path("orgs/<org>/memberships/<login>", _member),
    path("user/memberships/orgs/<org>", methods(GET=get_own_membership)),
]
