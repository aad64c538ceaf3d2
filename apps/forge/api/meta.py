"""The forge itself: what it is and how much may be asked of it."""

import time
from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.routing import HOURLY_LIMIT, methods
from apps.forge.shapes.text import api


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
        "current_user_url": api("/user"),
        "organization_url": api("/orgs/{org}"),
        "rate_limit_url": api("/rate_limit"),
        "repository_url": api("/repos/{owner}/{repo}"),
        "user_url": api("/users/{user}"),
    }


root = methods(GET=get_root)
urlpatterns = [
    path("meta", methods(GET=get_meta)),
    path("rate_limit", methods(GET=get_rate_limit)),
]
