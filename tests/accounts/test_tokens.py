"""API tokens: shown once, kept as a digest, scoped, expiring, revocable."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import tokens
from apps.accounts.models import ApiToken, Role, User
from apps.accounts.permissions import Permission, can
from apps.core.errors import InvalidInput, NotAuthenticated

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    tokens.forget_believed_tokens()
    return User.objects.create(username="robot", role=Role.MEMBER)


def issue(user: User, **changes: object) -> str:
    values = {"user": user, "name": "ci", "scopes": ["catalog:read"], "now": NOW, **changes}
    return tokens.issue_token(**values).secret


def test_a_token_stands_for_its_person_with_its_scopes(user: User) -> None:
    actor = tokens.authenticate(f"Bearer {issue(user)}", now=NOW)

    assert actor.user == user
    assert can(actor, Permission.CATALOG_READ)
    assert not can(actor, Permission.TEMPLATE_RUN)


def test_only_the_digest_is_kept(user: User) -> None:
    secret = issue(user)

    row = ApiToken.objects.values().get()
    assert secret.split("_")[2] not in str(row)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic abc",
        "Bearer ptl_aaaaaaaa_" + "b" * 32 + "_cccccc",
        "Bearer " + "p" * 5000,
    ],
)
def test_anything_else_is_refused(user: User, header: str) -> None:
    with pytest.raises(NotAuthenticated):
        tokens.authenticate(header, now=NOW)


def test_one_changed_character_is_refused(user: User) -> None:
    secret = issue(user)
    changed = secret[:-8] + ("a" if secret[-8] != "a" else "b") + secret[-7:]

    with pytest.raises(NotAuthenticated):
        tokens.authenticate(f"Bearer {changed}", now=NOW)


def test_it_expires(user: User) -> None:
    secret = issue(user, days=2)

    with pytest.raises(NotAuthenticated):
        tokens.authenticate(f"Bearer {secret}", now=NOW + timedelta(days=2))


def test_a_revoked_token_stops_at_once(user: User) -> None:
    secret = issue(user)
    tokens.authenticate(f"Bearer {secret}", now=NOW)
    tokens.revoke_token(user=user, public_id=secret.split("_")[1], now=NOW)

    with pytest.raises(NotAuthenticated):
        tokens.authenticate(f"Bearer {secret}", now=NOW)


def test_it_dies_with_its_person(user: User) -> None:
    secret = issue(user)
    user.is_active = False
    user.save()

    with pytest.raises(NotAuthenticated):
        tokens.authenticate(f"Bearer {secret}", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"scopes": ["everything"]}, {"scopes": []}, {"days": 0}, {"days": 366}, {"name": " "}],
)
def test_a_senseless_token_is_not_made(user: User, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        issue(user, **changes)


def test_the_command_prints_a_token_that_works(user: User) -> None:
    out = StringIO()
    call_command("create_token", "--user", "robot", "--scope", "catalog:read", stdout=out)

    secret = out.getvalue().strip()
    assert secret.startswith("ptl_")
    assert tokens.authenticate(f"Bearer {secret}", now=datetime.now(UTC)).user == user


def test_the_command_says_who_is_missing() -> None:
    with pytest.raises(CommandError, match="nobody"):
        call_command("create_token", "--user", "nobody", "--scope", "catalog:read")
