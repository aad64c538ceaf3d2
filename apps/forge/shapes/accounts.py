"""Users, organisations and teams as GitHub writes them."""

from typing import Any

from apps.forge.models import Account, Team
from apps.forge.shapes.text import api, moment, node_id, page


def user(account: Account) -> dict[str, Any]:
    """Return "simple-user", also for an organisation that owns something."""
    url = api(f"/users/{account.login}")
    return {
        "login": account.login,
        "id": account.pk,
        "node_id": node_id(account.type, account.pk),
        "avatar_url": page(f"/{account.login}.png"),
        "gravatar_id": "",
        "url": url,
        "html_url": page(f"/{account.login}"),
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": account.type,
        "user_view_type": "public",
        "site_admin": account.is_site_admin,
    }


def user_or_none(account: Account | None) -> dict[str, Any] | None:
    """Return "nullable-simple-user"."""
    return user(account) if account else None


def full_user(account: Account, *, repositories: int = 0) -> dict[str, Any]:
    """Return "public-user"."""
    return user(account) | {
        "name": account.name or None,
        "company": None,
        "blog": "",
        "location": None,
        "email": account.email or None,
        "hireable": None,
        "bio": account.description or None,
        "twitter_username": None,
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": moment(account.created_at),
        "updated_at": moment(account.updated_at),
    }


def private_user(account: Account, *, repositories: int = 0) -> dict[str, Any]:
    """Return "private-user": what a user sees of themselves."""
    return full_user(account, repositories=repositories) | {
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": False,
    }


def organization(account: Account) -> dict[str, Any]:
    """Return "organization-simple"."""
    url = api(f"/orgs/{account.login}")
    return {
        "login": account.login,
        "id": account.pk,
        "node_id": node_id(account.type, account.pk),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": page(f"/{account.login}.png"),
        "description": account.description or None,
    }


def full_organization(account: Account, *, repositories: int = 0) -> dict[str, Any]:
    """Return "organization-full"."""
    return organization(account) | {
        "name": account.name or account.login,
        "email": account.email or "",
        "twitter_username": None,
        "is_verified": False,
        "has_organization_projects": False,
        "has_repository_projects": False,
        "public_repos": repositories,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": page(f"/{account.login}"),
        "type": "Organization",
        "created_at": moment(account.created_at),
        "updated_at": moment(account.updated_at),
        "archived_at": None,
        "default_repository_permission": "read",
        "members_can_create_repositories": True,
        "two_factor_requirement_enabled": False,
        "web_commit_signoff_required": False,
    }


def team(team: Team, *, permission: str = "pull", parent: bool = True) -> dict[str, Any]:
    """Return "team"."""
    organization = team.organization
    url = api(f"/organizations/{organization.pk}/team/{team.pk}")
    body = {
        "id": team.pk,
        "node_id": node_id("Team", team.pk),
        "url": url,
        "html_url": page(f"/orgs/{organization.login}/teams/{team.slug}"),
        "name": team.name,
        "slug": team.slug,
        "description": team.description or None,
        "privacy": team.privacy,
        "notification_setting": "notifications_enabled",
        "permission": permission,
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": organization.pk,
    }
    if parent:
        body["parent"] = _parent(team.parent)
    return body


def full_team(made: Team) -> dict[str, Any]:
    """Return "team-full"."""
    return team(made) | {
        "created_at": moment(made.created_at),
        "updated_at": moment(made.updated_at),
        "members_count": made.memberships.count(),
        "repos_count": made.repository_grants.count(),
        "organization": full_organization(made.organization),
    }


def _parent(parent: Team | None) -> dict[str, Any] | None:
    return team(parent, parent=False) if parent else None
