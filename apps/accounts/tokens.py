"""
Tokens for the REST API (reliability.md section 5, "API tokens").

A token is `ptl_<8 id>_<32 random base62>_<6 crc>`. Its random part has 190 bits, so its SHA-256 is
enough to keep (ASVS 6.5.2). The check digits let a secret scanner recognise a token offline.
"""

import hashlib
import secrets
import string
import threading
import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import ALL_SCOPES, Actor
from apps.accounts.selectors import actor_for
from apps.core import audit
from apps.core.errors import InvalidInput, NotAuthenticated, NotFound

PREFIX = "ptl"
DEFAULT_DAYS = 30
MAX_DAYS = 365
MAX_TOKENS = 50
# How long a checked token is believed without asking the database, in seconds. A revoked token
# works this long in other processes; reliability.md allows 30 s.
BELIEVED_SECONDS = 5.0
CACHE_SIZE = 2000
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class IssuedToken:
    """A new token: the row, and the secret that is shown once."""

    token: ApiToken
    secret: str


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Collection[str], now: datetime, days: int = DEFAULT_DAYS
) -> IssuedToken:
    """
    Make a token for a person.

    :raises InvalidInput: with an unknown scope, no scope, no name, or more than 365 days
    """
    unknown = sorted(set(scopes) - ALL_SCOPES)
    if unknown or not scopes:
        raise InvalidInput(
            f"Unknown scope {', '.join(unknown)}." if unknown else "A token needs a scope.",
            hint=f"Scopes are {', '.join(sorted(ALL_SCOPES))}.",
        )
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInput(f"A token lasts between 1 and {MAX_DAYS} days, not {days}.")
    if not name.strip():
        raise InvalidInput("A token needs a name that says what it is for.")
    if user.api_tokens.filter(revoked_at=None, expires_at__gt=now).count() >= MAX_TOKENS:
        raise InvalidInput(
            f"{user.username} has {MAX_TOKENS} tokens already.", hint="Revoke one that is not used."
        )
    public_id = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    random = "".join(secrets.choice(_ALPHABET) for _ in range(32))
    body = f"{PREFIX}_{public_id}_{random}"
    secret = f"{body}_{_check_digits(body)}"
    token = ApiToken.objects.create(
        user=user,
        name=name.strip()[:100],
        public_id=public_id,
        digest=_digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=now + timedelta(days=days),
    )
    audit.record(
        action="accounts.issue_token",
        object_kind="token",
        object_id=public_id,
        object_name=token.name,
        detail={"user": user.username, "scopes": token.scopes, "days": days},
    )
    return IssuedToken(token=token, secret=secret)


@transaction.atomic
def revoke_token(*, user: User, public_id: str, now: datetime) -> None:
    """
    Make a token of this person useless.

    :raises NotFound: if the person has no such token
    """
    if user.api_tokens.filter(public_id=public_id, revoked_at=None).update(revoked_at=now) != 1:
        raise NotFound("There is no such token, or it has been revoked already.")
    _believed.forget(public_id)
    audit.record(action="accounts.revoke_token", object_kind="token", object_id=public_id)


def authenticate(header: str, *, now: datetime) -> Actor:
    """
    Return who an `Authorization` header stands for.

    :raises NotAuthenticated: if it is missing, malformed, unknown, expired or revoked
    """
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    parts = secret.split("_")
    well_formed = len(secret) < 100 and len(parts) == 4 and parts[0] == PREFIX
    if scheme.lower() != "bearer" or not well_formed:
        raise NotAuthenticated(
            "This needs a token.", hint="Send it as Authorization: Bearer ptl_…; see /settings."
        )
    known = _believed.get(secret)
    if known is None:
        known = _look_up(parts[1], secret, now)
        _believed.put(secret, parts[1], known)
    audit.set_actor(
        audit.Actor(
            type="token", id=str(known.user.pk), name=known.user.username, auth_method=parts[1]
        )
    )
    return known


def _look_up(public_id: str, secret: str, now: datetime) -> Actor:
    token = (
        ApiToken.objects.select_related("user")
        .filter(public_id=public_id, revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if token is None or not secrets.compare_digest(token.digest, _digest(secret)):
        raise NotAuthenticated("This token is unknown, expired or revoked.")
    # To the minute: enough to see that a token is used, without a write for each request.
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return actor_for(token.user, scopes=frozenset(token.scopes))


class _Believed:
    """Tokens checked a moment ago, by the digest of their secret; bounded, per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, str, Actor]] = {}

    def get(self, secret: str) -> Actor | None:
        found = self._known.get(_digest(secret))
        if found is None or found[0] < time.monotonic():
            return None
        return found[2]

    def put(self, secret: str, public_id: str, actor: Actor) -> None:
        with self._lock:
            if len(self._known) >= CACHE_SIZE:
                self._known.clear()
            self._known[_digest(secret)] = (time.monotonic() + BELIEVED_SECONDS, public_id, actor)

    def forget(self, public_id: str) -> None:
        with self._lock:
            self._known = {
                digest: entry for digest, entry in self._known.items() if entry[1] != public_id
            }

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_believed = _Believed()


def forget_believed_tokens() -> None:
    """Ask the database again for every token; for tests and after mass changes."""
    _believed.clear()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_digits(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        number, rest = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[rest]
    return digits
