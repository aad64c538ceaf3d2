"""Teams of an organisation: members and repositories."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.organizations import administered
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid, Missing
from apps.forge.models import Account, Repository, Team, TeamMembership, TeamRepository
from apps.forge.models.repositories import ROLES
from apps.forge.services import access, accounts
from apps.forge.shapes import accounts as shapes
from apps.forge.shapes.repositories import permissions, repository
from apps.forge.shapes.text import api

_RELATED = ("organization", "parent__organization")
# GitHub writes the roles in two ways.
ROLE_NAMES = {"read": "pull", "write": "push", **{role: role for role in ROLES}}


def list_teams(call: Call, org: str) -> list[dict[str, Any]]:
    found = Team.objects.filter(organization=_seen(call, org)).select_related(*_RELATED)
    return [shapes.team(team) for team in call.page(found.order_by("slug"))]


def create_team(call: Call, org: str) -> Answer:
    owner = administered(call, org)
    fields = call.fields("Team")
    parent_id = fields.number("parent_team_id")
    parent = Team.objects.filter(organization=owner, pk=parent_id).first() if parent_id else None
    if parent_id and parent is None:
        raise Invalid("parent_team_id does not name a team of this organization")
    made = accounts.create_team(
        organization=owner,
        name=fields.text("name", required=True, longest=100),
        description=fields.text("description", longest=255),
        privacy=fields.choice("privacy", ("secret", "closed"), "closed"),
        parent=parent,
    )
    for login in fields.texts("maintainers", []):
        accounts.join_team(team=made, user=account_named(login), role="maintainer")
    return created(shapes.full_team(made))


def get_team(call: Call, org: str, slug: str) -> dict[str, Any]:
    return shapes.full_team(_team(call, org, slug))


def get_team_by_id(call: Call, org_id: int, team_id: int) -> dict[str, Any]:
    known = Team.objects.filter(organization=org_id, pk=team_id).select_related(*_RELATED).first()
    if known is None or not access.is_member(known.organization, call.account):
        raise Missing
    return shapes.full_team(known)


def update_team(call: Call, org: str, slug: str) -> dict[str, Any]:
    administered(call, org)
    team, fields = _team(call, org, slug), call.fields("Team")
    team.name = fields.text("name", team.name, longest=100)
    team.slug = accounts.slug_of(team.name) or team.slug
    team.description = fields.text("description", team.description, longest=255)
    team.save()
    return shapes.full_team(team)


def delete_team(call: Call, org: str, slug: str) -> None:
    administered(call, org)
    _team(call, org, slug).delete()


def list_children(call: Call, org: str, slug: str) -> list[dict[str, Any]]:
    found = Team.objects.filter(parent=_team(call, org, slug)).select_related(*_RELATED)
    return [shapes.team(team) for team in call.page(found.order_by("slug"))]


def list_members(call: Call, org: str, slug: str) -> list[dict[str, Any]]:
    found = Account.objects.filter(team_memberships__team=_team(call, org, slug))
    return [shapes.user(account) for account in call.page(found.order_by("login"))]


def get_membership(call: Call, org: str, slug: str, login: str) -> dict[str, Any]:
    known = (
        TeamMembership.objects.filter(team=_team(call, org, slug), user__login__iexact=login)
        .select_related("user", "team__organization")
        .first()
    )
    if known is None:
        raise Missing
    return _membership(known)


def set_membership(call: Call, org: str, slug: str, login: str) -> dict[str, Any]:
    administered(call, org)
    role = call.fields("Membership").choice("role", ("member", "maintainer"), "member")
    user = account_named(login, organization=False)
    return _membership(accounts.join_team(team=_team(call, org, slug), user=user, role=role))


def remove_membership(call: Call, org: str, slug: str, login: str) -> None:
    administered(call, org)
    TeamMembership.objects.filter(team=_team(call, org, slug), user__login__iexact=login).delete()


def list_repositories(call: Call, org: str, slug: str) -> list[dict[str, Any]]:
    grants = (
        TeamRepository.objects.filter(team=_team(call, org, slug))
        .filter(repository__in=Repository.objects.visible_to(call.account))
        .select_related("repository__owner")
    )
    return [
        repository(grant.repository, role=grant.role) | {"role_name": _role_name(grant.role)}
        for grant in call.page(grants.order_by("repository__name"))
    ]


def check_repository(call: Call, org: str, slug: str) -> Answer:
    grant = TeamRepository.objects.filter(
        team=_team(call, org, slug), repository=call.repository
    ).first()
    if grant is None:
        raise Missing
    if not call.accepts("repository"):
        return Answer(status=204)
    body = repository(call.repository, role=grant.role)
    return Answer(
        body | {"role_name": _role_name(grant.role), "permissions": permissions(grant.role)}
    )


def grant_repository(call: Call, org: str, slug: str) -> None:
    call.need("admin")
    role = ROLE_NAMES.get(call.fields("TeamMember").text("permission", "push"))
    if role is None:
        raise Invalid("permission is not one of pull, triage, push, maintain, admin")
    team = _team(call, org, slug)
    if team.organization_id != call.repository.owner_id:
        raise Invalid("The repository does not belong to the team's organization.")
    TeamRepository.objects.update_or_create(
        team=team, repository=call.repository, defaults={"role": role}
    )


def revoke_repository(call: Call, org: str, slug: str) -> None:
    call.need("admin")
    TeamRepository.objects.filter(team=_team(call, org, slug), repository=call.repository).delete()


def _seen(call: Call, org: str) -> Account:
    owner = account_named(org, organization=True)
    # Teams are told to members only.
    if not access.is_member(owner, call.account):
        raise Missing
    return owner


def _team(call: Call, org: str, slug: str) -> Team:
    found = Team.objects.filter(organization=_seen(call, org), slug=slug.lower())
    team = found.select_related(*_RELATED).first()
    if team is None:
        raise Missing
    return team


def _role_name(role: str) -> str:
    return {"pull": "read", "push": "write"}.get(role, role)


def _membership(known: TeamMembership) -> dict[str, Any]:
    team = known.team
    path = f"/organizations/{team.organization_id}/team/{team.pk}/memberships/{known.user.login}"
    return {"url": api(path), "role": known.role, "state": "active"}


_teams = "orgs/<org>/teams"
_membership_view = methods(GET=get_membership, PUT=set_membership, DELETE=remove_membership)
urlpatterns = [
    path(_teams, methods(GET=list_teams, POST=create_team)),
    path(f"{_teams}/<slug>", methods(GET=get_team, PATCH=update_team, DELETE=delete_team)),
    path("organizations/<int:org_id>/team/<int:team_id>", methods(GET=get_team_by_id)),
    path(f"{_teams}/<slug>/teams", methods(GET=list_children)),
    path(f"{_teams}/<slug>/members", methods(GET=list_members)),
    path(f"{_teams}/<slug>/memberships/<login>", _membership_view),
    path(f"{_teams}/<slug>/repos", methods(GET=list_repositories)),
    path(
        f"{_teams}/<slug>/repos/<owner>/<repo>",
        methods(GET=check_repository, PUT=grant_repository, DELETE=revoke_repository),
    ),
]
