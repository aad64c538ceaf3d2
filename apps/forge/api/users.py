"""Users."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import methods
from apps.forge.errors import Missing
from apps.forge.models import Account, Repository, Team
from apps.forge.shapes import accounts as shapes


def get_caller(call: Call) -> dict[str, Any]:
    count = Repository.objects.filter(owner=call.caller, private=False).count()
    return shapes.private_user(call.caller, repositories=count)


def get_user(call: Call, login: str) -> dict[str, Any]:
    account = account_named(login)
    count = Repository.objects.filter(owner=account, private=False).count()
    return shapes.full_user(account, repositories=count)


def get_user_by_id(call: Call, id: int) -> dict[str, Any]:
    account = Account.objects.filter(pk=id).first()
    if account is None:
        raise Missing
    return get_user(call, account.login)


def list_users(call: Call) -> list[dict[str, Any]]:
    since = call.query.get("since", "0")
    found = Account.objects.filter(pk__gt=int(since) if since.isdecimal() else 0)
    size, _ = call.page_wanted()
    return [shapes.user(account) for account in found.order_by("pk")[:size]]


def list_organizations(call: Call) -> list[dict[str, Any]]:
    return [shapes.organization(one) for one in call.page(_organizations_of(call.caller))]


def list_organizations_of(call: Call, login: str) -> list[dict[str, Any]]:
    return [shapes.organization(one) for one in call.page(_organizations_of(account_named(login)))]


def list_teams(call: Call) -> list[dict[str, Any]]:
    found = Team.objects.filter(memberships__user=call.caller).select_related(
        "organization", "parent__organization"
    )
    return [shapes.full_team(team) for team in call.page(found.order_by("pk"))]


def list_emails(call: Call) -> list[dict[str, Any]]:
    address = call.caller.email
    shown = {"email": address, "primary": True, "verified": True, "visibility": "public"}
    return [shown] if address else []


def _organizations_of(account: Account) -> QuerySet[Account]:
    return Account.objects.filter(organization_members__user=account).order_by("pk")


urlpatterns = [
    path("user", methods(GET=get_caller)),
    path("user/orgs", methods(GET=list_organizations)),
    path("user/teams", methods(GET=list_teams)),
    path("user/emails", methods(GET=list_emails)),
    path("user/<int:id>", methods(GET=get_user_by_id)),
    path("users", methods(GET=list_users)),
    path("users/<login>", methods(GET=get_user)),
    path("users/<login>/orgs", methods(GET=list_organizations_of)),
]
