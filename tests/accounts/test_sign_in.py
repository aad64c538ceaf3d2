"""One-time links and the demonstration's one-click sign-in."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts import sign_in
from apps.accounts.models import Role, User
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def engineer() -> User:
    return User.objects.create(username="engineer", role=Role.MEMBER)


def test_a_link_signs_in_once(client: Client, engineer: User) -> None:
    secret = sign_in.create_link(user=engineer, now=NOW)

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        first = client.post(f"/accounts/link/{secret}")
        second = Client().post(f"/accounts/link/{secret}")

    assert first.status_code == 302
    assert client.session["_auth_user_id"] == str(engineer.pk)
    assert second.status_code == 403
    assert "used already" in second.content.decode()


def test_looking_at_a_link_does_not_use_it_up(client: Client, engineer: User) -> None:
    secret = sign_in.create_link(user=engineer, now=NOW)

    with time_machine.travel(NOW, tick=False):
        client.get(f"/accounts/link/{secret}")

        assert sign_in.use_link(secret=secret, now=NOW) == engineer


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1)])
def test_an_old_link_is_refused(engineer: User, later: timedelta) -> None:
    secret = sign_in.create_link(user=engineer, now=NOW)

    with pytest.raises(sign_in.SignInLinkUnusable):
        sign_in.use_link(secret=secret, now=NOW + later)


def test_one_click_signs_in_on_this_machine(client: Client, engineer: User) -> None:
    response = client.post("/accounts/demo/engineer")

    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(engineer.pk)
    assert AuditEvent.objects.filter(action="accounts.sign_in", object_name="engineer").exists()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_HOST": "portal.example"},
    ],
)
def test_one_click_is_refused_from_elsewhere(
    client: Client, engineer: User, elsewhere: dict[str, str], settings: pytest.FixtureRequest
) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    response = client.post("/accounts/demo/engineer", **elsewhere)

    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_one_click_exists_in_the_demonstration_only(
    client: Client, engineer: User, settings: pytest.FixtureRequest
) -> None:
    settings.DEMONSTRATION = False

    assert client.post("/accounts/demo/engineer").status_code == 404


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/x", "/\\evil.example"])
def test_one_click_leads_to_our_own_pages_only(client: Client, engineer: User, target: str) -> None:
    response = client.post("/accounts/demo/engineer", {"next": target})

    assert response["Location"] == "/"
