"""Repositories: create, read, change, remove; topics, languages, tags, alerts."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Missing, Refused, invalid_field
from apps.forge.models import Account, OrganizationMembership, Repository
from apps.forge.services import access, repositories
from apps.forge.shapes.repositories import full_repository, repository

_FLAGS = (
    "has_issues",
    "has_projects",
    "has_wiki",
    "has_discussions",
    "is_template",
    "allow_merge_commit",
    "allow_squash_merge",
    "allow_rebase_merge",
    "allow_auto_merge",
    "allow_update_branch",
    "delete_branch_on_merge",
    "archived",
    "private",
)
_SORTS = {"created": "created_at", "updated": "updated_at", "pushed": "pushed_at"}


def account_named(login: str, *, organization: bool | None = None) -> Account:
    """
    Return an account by its login.

    :raises apps.forge.errors.Missing: if there is none, or of the other type
    """
    found = Account.objects.filter(login__iexact=login).first()
    if found is None or (organization is not None and found.is_organization != organization):
        raise Missing
    return found


def list_for_user(call: Call, login: str) -> list[dict[str, Any]]:
    return _listed(call, Repository.objects.filter(owner=account_named(login)))


def list_for_organization(call: Call, org: str) -> list[dict[str, Any]]:
    owner = account_named(org, organization=True)
    return _listed(call, Repository.objects.filter(owner=owner), default_sort="created")


def list_for_caller(call: Call) -> list[dict[str, Any]]:
    mine = Repository.objects.all()
    if not call.caller.is_site_admin:
        organizations = OrganizationMembership.objects.filter(user=call.caller)
        mine = mine.filter(Q(owner=call.caller) | Q(owner__in=organizations.values("organization")))
    return _listed(call, mine)


def create_for_caller(call: Call) -> Answer:
    return _create(call, call.caller)


def create_for_organization(call: Call, org: str) -> Answer:
    owner = account_named(org, organization=True)
    if not access.is_member(owner, call.caller):
        raise Refused("You need admin access to the organization before adding a repository to it.")
    return _create(call, owner)


def get(call: Call) -> dict[str, Any]:
    return full_repository(call.repository, role=_role(call))


def update(call: Call) -> dict[str, Any]:
    fields = call.fields("Repository")
    # An archived repository can be taken out of the archive, and nothing else.
    call.need("admin", archived=fields.flag("archived", True) is False)
    changes = _settings(fields)
    if fields.text("name", "") not in ("", call.repository.name):
        changes["name"] = fields.text("name")
    if fields.text("default_branch"):
        changes["default_branch"] = fields.text("default_branch")
    if (security := fields.object("security_and_analysis")) is not None:
        changes["security"] = {
            **call.repository.security,
            **{name: security.object(name).text("status") for name in security.data},
        }
    changed = repositories.update(repository=call.repository, sender=call.caller, **changes)
    return full_repository(changed, role="admin")


def delete(call: Call) -> None:
    call.need("admin", archived=True)
    repositories.delete(repository=call.repository, sender=call.caller)


def get_topics(call: Call) -> dict[str, Any]:
    return {"names": call.repository.topics}


def replace_topics(call: Call) -> dict[str, Any]:
    call.need("admin")
    names = [name.lower() for name in call.fields("Repository").texts("names", [], most=20)]
    for name in names:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", name):
            message = "Topics must start with a lowercase letter or number, consist of 50 "
            message += "characters or less, and can include hyphens."
            raise invalid_field("Repository", "names", "invalid", message, name)
    repositories.update(
        repository=call.repository, sender=call.caller, topics=list(dict.fromkeys(names))
    )
    return {"names": call.repository.topics}


def get_vulnerability_alerts(call: Call) -> None:
    call.need("admin", archived=True)
    if not call.repository.vulnerability_alerts:
        raise Missing("Vulnerability alerts are disabled.")


def set_vulnerability_alerts(call: Call) -> None:
    call.need("admin")
    call.repository.vulnerability_alerts = call.request.method == "PUT"
    call.repository.save(update_fields=["vulnerability_alerts"])


def list_dependabot_alerts(call: Call) -> Any:
    call.need("push", archived=True)
    if not call.repository.vulnerability_alerts:
        raise Refused("Dependabot alerts are disabled for this repository.")
    return []


def _create(call: Call, owner: Account) -> Answer:
    fields = call.fields("Repository")
    settings = _settings(fields)
    if fields.choice("visibility", ("public", "private", "internal")) in ("private", "internal"):
        settings["private"] = True
    settings.pop("archived", None)
    made = repositories.create(
        owner=owner,
        creator=call.caller,
        name=fields.text("name", required=True),
        auto_init=fields.flag("auto_init"),
        **settings,
    )
    return created(full_repository(made, role="admin"))


def _settings(fields: Fields) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if "description" in fields:
        settings["description"] = re.sub(
            r"[\r\n\t]+", " ", fields.text("description", "", longest=350)
        )
    if "homepage" in fields:
        settings["homepage"] = fields.text("homepage", "", longest=2000)
    for name in _FLAGS:
        if fields.flag(name, None) is not None:
            settings[name] = fields.flag(name)
    return settings


def _role(call: Call) -> str | None:
    return access.role_on(call.repository, call.account, call.token)


def _listed(
    call: Call, found: QuerySet[Repository], *, default_sort: str = "full_name"
) -> list[dict[str, Any]]:
    visible = found.filter(
        pk__in=Repository.objects.visible_to(call.account).values("pk")
    ).select_related("owner")
    if call.query.get("type") in ("public", "private"):
        visible = visible.filter(private=call.query["type"] == "private")
    sort = _SORTS.get(call.query.get("sort", default_sort))
    direction = call.query.get("direction") or ("desc" if sort else "asc")
    column = sort or "name"
    ordered = visible.order_by(f"{'-' if direction == 'desc' else ''}{column}", "pk")
    page = call.page(ordered)
    administered = set(
        OrganizationMembership.objects.filter(user=call.account, role="admin").values_list(
            "organization_id", flat=True
        )
    )
    return [
        repository(
            repo,
            role="admin"
            if repo.owner_id in administered
            else access.role_on(repo, call.account, call.token),
        )
        for repo in page
    ]


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path("user/repos", methods(GET=list_for_caller, POST=create_for_caller)),
    path("users/<login>/repos", methods(GET=list_for_user)),
    path("orgs/<org>/repos", methods(GET=list_for_organization, POST=create_for_organization)),
    path(_repository, methods(GET=get, PATCH=update, DELETE=delete)),
    path(f"{_repository}/topics", methods(GET=get_topics, PUT=replace_topics)),
    path(
        f"{_repository}/vulnerability-alerts",
        methods(
            GET=get_vulnerability_alerts,
            PUT=set_vulnerability_alerts,
            DELETE=set_vulnerability_alerts,
        ),
    ),
    path(f"{_repository}/dependabot/alerts", methods(GET=list_dependabot_alerts)),
]
