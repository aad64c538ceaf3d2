"""Ways of signing in that are ours: one-time links and the demonstration's people."""

import hashlib
import ipaddress
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.models import SignInLink, User
from apps.core import audit
from apps.core.errors import Forbidden, NotFound

LINK_LIFETIME = timedelta(hours=1)
DEMONSTRATION_PEOPLE = ("engineer", "lead", "manager", "admin")


class SignInLinkUnusable(Forbidden):
    """A one-time link is unknown, used or too old."""


@transaction.atomic
def create_link(*, user: User, now: datetime) -> str:
    """Return the secret of a link that signs `user` in once within the hour."""
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, digest=_digest(secret), expires_at=now + LINK_LIFETIME)
    audit.record(
        action="accounts.create_sign_in_link",
        object_kind="user",
        object_id=str(user.pk),
        object_name=user.username,
    )
    return secret


@transaction.atomic
def use_link(*, secret: str, now: datetime) -> User:
    """
    Return the person of a one-time link and make the link useless.

    :raises SignInLinkUnusable: if it is unknown, used, too old, or its person is deactivated
    """
    # The UPDATE is the claim: of two uses at once, the database lets one see a row change.
    links = SignInLink.objects.filter(
        digest=_digest(secret), used_at=None, expires_at__gt=now, user__is_active=True
    )
    if links.update(used_at=now) != 1:
        raise SignInLinkUnusable(
            "This sign-in link has been used already, or is older than an hour.",
            hint="Make a new one with manage.py create_sign_in_link, or sign in with a password.",
        )
    user = User.objects.get(signinlink__digest=_digest(secret))
    _record_sign_in(user, "one-time link")
    return user


@transaction.atomic
def demonstration_person(*, request: HttpRequest, person: str) -> User:
    """
    Return the account of one of the demonstration's people.

    :raises NotFound: if this is no demonstration, or nobody has this name
    :raises Forbidden: if the request does not come from this machine
    """
    if not settings.DEMONSTRATION or person not in DEMONSTRATION_PEOPLE:
        raise NotFound("There is no such person in a demonstration here.")
    if not is_loopback(request):
        raise Forbidden(
            "One-click sign-in works on the machine that runs the demonstration only.",
            hint="Sign in with a password, or open the portal as localhost.",
        )
    user = User.objects.filter(username=person, is_active=True).first()
    if user is None:
        raise NotFound(
            f"The demonstration's {person} has not been made yet.",
            hint="Wait until bin/up says that Acme is loaded.",
        )
    _record_sign_in(user, "demonstration")
    return user


def is_loopback(request: HttpRequest) -> bool:
    """Tell whether the request was made on this machine, without a proxy in between."""
    # A proxy on the same machine would make every visitor look local.
    forwarded = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"}
    if forwarded & set(request.META):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    host = request.get_host().rsplit(":", 1)[0].strip("[]")
    return address.is_loopback and host in {"localhost", "127.0.0.1", "::1", "testserver"}


def _record_sign_in(user: User, method: str) -> None:
    audit.record(
        action="accounts.sign_in",
        object_kind="user",
        object_id=str(user.pk),
        object_name=user.username,
        detail={"method": method},
        actor=replace(
            audit.current_actor(),
            type="person",
            id=str(user.pk),
            name=user.username,
            auth_method=method,
        ),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
