"""Who may use a repository: collaborators and teams; who wrote it."""

from typing import Any

from django.db.models import Q
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.people import accounts_of
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, created, methods
from apps.forge.api.teams import ROLE_NAMES
from apps.forge.errors import Invalid, Missing
from apps.forge.git import history
from apps.forge.models import Account, Collaborator, TeamRepository
from apps.forge.services import access
from apps.forge.shapes import accounts as shapes
from apps.forge.shapes.repositories import permissions, repository
from apps.forge.shapes.text import moment, node_id

# Enough of the history to name who writes here.
CONTRIBUTIONS_READ = 1000


def list_collaborators(call: Call) -> list[dict[str, Any]]:
    call.need("push", archived=True)
    repo = call.repository
    found = Account.objects.filter(type=Account.Type.USER).filter(
        Q(pk=repo.owner_id)
        | Q(collaborations__repository=repo)
        | Q(organization_memberships__organization=repo.owner_id)
        | Q(team_memberships__team__repository_grants__repository=repo)
    )
    return [
        shapes.user(account) | _role(call, account)
        for account in call.page(found.distinct().order_by("login"))
    ]


def check_collaborator(call: Call, login: str) -> Answer:
    call.need("push", archived=True)
    account = account_named(login, organization=False)
    repo = call.repository
    direct = Collaborator.objects.filter(repository=repo, user=account).exists()
    if not direct and not access.is_member(repo.owner, account) and account != repo.owner:
        raise Missing
    return Answer(status=204)


def get_permission(call: Call, login: str) -> dict[str, Any]:
    account = account_named(login, organization=False)
    role = access.role_on(call.repository, account)
    simple = {"pull": "read", "triage": "read", "push": "write", "maintain": "write"}
    name = simple.get(role, role) if role else "none"
    return {
        "permission": name,
        "role_name": _role(call, account)["role_name"],
        "user": shapes.user(account) | _role(call, account),
    }


def add_collaborator(call: Call, login: str) -> Answer | None:
    call.need("admin")
    account = account_named(login, organization=False)
    role = ROLE_NAMES.get(call.fields("Repository").text("permission", "push"))
    if role is None:
        raise Invalid("permission is not one of pull, triage, push, maintain, admin")
    known = access.role_on(call.repository, account) if call.repository.private else None
    made, new = Collaborator.objects.update_or_create(
        repository=call.repository, user=account, defaults={"role": role}
    )
    if not new or known is not None:
        return None
    # GitHub invites and waits; here the invitation is accepted as soon as it is sent.
    return created(_invitation(call, made))


def remove_collaborator(call: Call, login: str) -> None:
    call.need("admin")
    Collaborator.objects.filter(repository=call.repository, user__login__iexact=login).delete()


def list_teams(call: Call) -> list[dict[str, Any]]:
    call.need("push", archived=True)
    grants = TeamRepository.objects.filter(repository=call.repository).select_related(
        "team__organization", "team__parent__organization"
    )
    return [
        shapes.team(grant.team, permission=grant.role) | {"permissions": permissions(grant.role)}
        for grant in call.page(grants.order_by("team__slug"))
    ]


def list_contributors(call: Call) -> Any:
    tip = call.git.resolve(call.repository.default_branch)
    if tip is None:
        return None
    commits = history.log(call.git, tip, most=CONTRIBUTIONS_READ)
    known = accounts_of(commits)
    counts: dict[str, int] = {}
    for commit in commits:
        key = commit.author.email.lower()
        counts[key] = counts.get(key, 0) + 1
    names = {commit.author.email.lower(): commit.author.name for commit in commits}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    every = [
        {**known[email], "contributions": count}
        if email in known
        else {
            "type": "Anonymous",
            "email": email,
            "name": names[email],
            "contributions": count,
        }
        for email, count in ranked
        if email in known or call.query.get("anon") in ("1", "true")
    ]
    return call.page(every)


def _role(call: Call, account: Account) -> dict[str, Any]:
    role = access.role_on(call.repository, account)
    name = {"pull": "read", "push": "write", None: "none"}.get(role, role)
    return {"permissions": permissions(role), "role_name": name}


def _invitation(call: Call, made: Collaborator) -> dict[str, Any]:
    repo = call.repository
    name = {"pull": "read", "push": "write"}.get(made.role, made.role)
    return {
        "id": made.pk,
        "node_id": node_id("RepositoryInvitation", made.pk),
        "repository": repository(repo),
        "invitee": shapes.user(made.user),
        "inviter": shapes.user(call.caller),
        "permissions": name,
        "created_at": moment(repo.updated_at),
        "url": f"{repo.api_url}/invitations/{made.pk}",
        "html_url": f"{repo.html_url}/invitations",
        "expired": False,
    }


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path(f"{_repository}/collaborators", methods(GET=list_collaborators)),
    path(
        f"{_repository}/collaborators/<login>",
        methods(GET=check_collaborator, PUT=add_collaborator, DELETE=remove_collaborator),
    ),
    path(f"{_repository}/collaborators/<login>/permission", methods(GET=get_permission)),
    path(f"{_repository}/teams", methods(GET=list_teams)),
    path(f"{_repository}/contributors", methods(GET=list_contributors)),
]
