"""The pages of settings and administration."""

import re

import pytest
from django.test import Client

from apps.accounts.models import ApiToken, Role, User
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return User.objects.create(username="ada", role=Role.ADMIN)


@pytest.fixture
def dana() -> User:
    return User.objects.create(username="dana", role=Role.MEMBER)


def test_a_token_is_shown_once(client: Client, dana: User) -> None:
    client.force_login(dana)

    made = client.post("/settings/tokens", {"name": "ci", "scopes": ["catalog:read"], "days": "30"})
    later = client.get("/settings")

    secret = re.search(r"ptl_\w{8}_\w{32}_\w{6}", made.content.decode())
    assert secret
    assert secret[0] not in later.content.decode()


def test_what_was_typed_stays_when_a_token_cannot_be_made(client: Client, dana: User) -> None:
    client.force_login(dana)

    response = client.post("/settings/tokens", {"name": "nightly", "days": "9999"})

    assert response.status_code == 422
    assert 'value="nightly"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_nobody_revokes_the_token_of_another(client: Client, dana: User, admin: User) -> None:
    client.force_login(admin)
    client.post("/settings/tokens", {"name": "x", "scopes": ["catalog:read"], "days": "30"})
    public_id = ApiToken.objects.get().public_id
    client.force_login(dana)

    assert client.post(f"/settings/tokens/{public_id}/revoke").status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_an_administrator_changes_a_role(client: Client, dana: User, admin: User) -> None:
    client.force_login(admin)

    client.post("/admin/people/dana", {"role": Role.TEMPLATE_AUTHOR})

    dana.refresh_from_db()
    assert dana.role == Role.TEMPLATE_AUTHOR
    event = AuditEvent.objects.get(action="accounts.change_role")
    assert event.detail == {"before": "member", "after": "template_author"}
    assert event.actor_name == "ada"


@pytest.mark.parametrize("change", [{"role": Role.MEMBER}, {"active": "0"}])
def test_the_last_administrator_stays(client: Client, admin: User, change: dict[str, str]) -> None:
    client.force_login(admin)

    response = client.post("/admin/people/ada", change)

    admin.refresh_from_db()
    assert response.status_code == 409
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_a_deactivated_person_is_out_at_once(client: Client, dana: User, admin: User) -> None:
    client.force_login(dana)
    assert client.get("/settings").status_code == 200
    other = Client()
    other.force_login(admin)

    other.post("/admin/people/dana", {"active": "0"})

    assert client.get("/settings").status_code == 302


def test_the_audit_log_finds_what_one_looks_for(client: Client, dana: User, admin: User) -> None:
    client.force_login(admin)
    client.post("/admin/people/dana", {"role": Role.VIEWER})

    found = client.get("/admin/audit?q=change_role").content.decode()
    nothing = client.get("/admin/audit?q=no-such-thing").content.decode()

    assert "accounts.change_role" in found
    assert "No row fits" in nothing


def test_lists_ask_the_database_a_fixed_number_of_times(
    client: Client, admin: User, django_assert_max_num_queries: object
) -> None:
    User.objects.bulk_create([User(username=f"person-{number}") for number in range(60)])
    client.force_login(admin)

    # One less where the numbers of the sidebar are known already.
    with django_assert_max_num_queries(6):
        client.get("/admin/people")
