"""The forge itself: what it is and how much may be asked of it."""

import time
from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.routing import HOURLY_LIMIT, methods
from apps.forge.shapes.text import api, page

_SEARCH = "?q={query}{&page,per_page,sort,order}"
_LIST = "{?type,page,per_page,sort}"
# GitHub's whole directory, as clients expect it, though the forge serves only a part of it.
_TEMPLATES = {
    "current_user_url": "/user",
    "authorizations_url": "/authorizations",
    "code_search_url": f"/search/code{_SEARCH}",
    "commit_search_url": f"/search/commits{_SEARCH}",
    "emails_url": "/user/emails",
    "emojis_url": "/emojis",
    "events_url": "/events",
    "feeds_url": "/feeds",
    "followers_url": "/user/followers",
    "following_url": "/user/following{/target}",
    "gists_url": "/gists{/gist_id}",
    "issue_search_url": f"/search/issues{_SEARCH}",
    "issues_url": "/issues",
    "keys_url": "/user/keys",
    "label_search_url": "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    "notifications_url": "/notifications",
    "organization_url": "/orgs/{org}",
    "organization_repositories_url": f"/orgs/{{org}}/repos{_LIST}",
    "organization_teams_url": "/orgs/{org}/teams",
    "public_gists_url": "/gists/public",
    "rate_limit_url": "/rate_limit",
    "repository_url": "/repos/{owner}/{repo}",
    "repository_search_url": f"/search/repositories{_SEARCH}",
    "current_user_repositories_url": f"/user/repos{_LIST}",
    "starred_url": "/user/starred{/owner}{/repo}",
    "starred_gists_url": "/gists/starred",
    "user_url": "/users/{user}",
    "user_organizations_url": "/user/orgs",
    "user_repositories_url": f"/users/{{user}}/repos{_LIST}",
    "user_search_url": f"/search/users{_SEARCH}",
}


def get_meta(call: Call) -> dict[str, Any]:
    return {"verifiable_password_authentication": False, "installed_version": "3.19.0"}


def get_rate_limit(call: Call) -> dict[str, Any]:
    now = int(time.time())
    left = {
        "limit": HOURLY_LIMIT,
        "used": 1,
        "remaining": HOURLY_LIMIT - 1,
        "reset": now - now % 3600 + 3600,
    }
    return {"resources": {"core": left, "search": left, "graphql": left}, "rate": left}


def get_root(call: Call) -> dict[str, Any]:
    return {
        **{name: api(template) for name, template in _TEMPLATES.items()},
        "current_user_authorizations_html_url": page("/settings/applications{/client_id}"),
    }


root = methods(GET=get_root)
urlpatterns = [
    path("meta", methods(GET=get_meta)),
    path("rate_limit", methods(GET=get_rate_limit)),
]
