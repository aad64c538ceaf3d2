"""Authentication of the REST API: a token, or the session of our own pages for reading."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.permissions import Actor
from apps.accounts.selectors import actor_for

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ApiAuthentication:
    """
    A django-ninja authentication: `request.auth` becomes the Actor.

    A session counts for reading only, because the API has no CSRF check.
    """

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __call__(self, request: HttpRequest) -> Actor:
        """
        Return who asks.

        :raises NotAuthenticated: without a valid token and without a session
        """
        header = request.headers.get("Authorization", "")
        user: Any = getattr(request, "user", None)
        if not header and request.method in SAFE_METHODS and isinstance(user, User):
            return actor_for(user)
        return tokens.authenticate(header, now=timezone.now())


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor that ApiAuthentication found."""
    actor = request.auth  # type: ignore[attr-defined]  # django-ninja sets it
    assert isinstance(actor, Actor)  # noqa: S101 - a programming error, not input
    return actor
