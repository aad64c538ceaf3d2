"""Backstage's catalog API: locations, refresh, validation."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db
BASE = "/api/catalog"
TARGET = "http://localhost:8001/acme/billing/blob/main/catalog-info.yaml"
ENTITY = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Component",
    "metadata": {"name": "billing"},
    "spec": {"type": "service", "lifecycle": "production", "owner": "payments"},
}


def client_with(*scopes: str, role: str = Role.ADMIN) -> Client:
    tokens.forget_believed_tokens()
    user, _ = User.objects.get_or_create(username=f"robot-{role}", role=role)
    issued = tokens.issue_token(user=user, name="t", scopes=scopes, now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {issued.secret}"})


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"{BASE}/{path}", body, content_type="application/json")


def test_a_location_is_registered_read_and_forgotten() -> None:
    api = client_with("catalog:read", "catalog:write")

    made = post(api, "locations", {"type": "url", "target": TARGET})
    location = made.json()["location"]

    assert made.status_code == 201
    assert location["target"] == TARGET
    assert location["entityRef"].startswith("location:default/generated-")
    assert api.get(f"{BASE}/locations").json() == [{"data": location}]
    assert api.get(f"{BASE}/locations/{location['id']}").json() == location
    assert api.delete(f"{BASE}/locations/{location['id']}").status_code == 204
    assert api.get(f"{BASE}/locations/{location['id']}").status_code == 404
    assert AuditEvent.objects.filter(action="catalog.unregister_location").exists()


def test_a_known_location_is_a_conflict_unless_asked_to_refresh() -> None:
    api = client_with("catalog:read", "catalog:write")
    post(api, "locations", {"type": "url", "target": TARGET})

    again = post(api, "locations", {"type": "url", "target": TARGET})
    refreshed = post(api, "locations?onConflict=refresh", {"type": "url", "target": TARGET})

    assert again.status_code == 409
    assert again.json()["error"]["name"] == "ConflictError"
    assert refreshed.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"type": "file", "target": "/etc/passwd"},
        {"type": "url", "target": "javascript:alert(1)"},
        {"type": "url", "target": "not an address"},
        {"type": "url", "target": TARGET, "presence": "perhaps"},
        {"type": "https", "target": TARGET},
    ],
)
def test_a_target_that_is_none_is_refused(body: dict[str, str]) -> None:
    response = post(client_with("catalog:write"), "locations", body)

    assert 400 <= response.status_code < 500, response.content
    assert client_with("catalog:read").get(f"{BASE}/locations").json() == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STANDARDS_ADMIN])
def test_who_may_not_register_is_told_why(role: str) -> None:
    response = post(
        client_with("catalog:write", role=role), "locations", {"type": "url", "target": TARGET}
    )

    assert response.status_code == 403
    assert response.json()["error"]["message"]


def test_a_token_for_reading_changes_nothing() -> None:
    response = post(client_with("catalog:read"), "locations", {"type": "url", "target": TARGET})

    assert response.status_code == 403
    assert "catalog:write" in response.json()["error"]["message"]


def test_refreshing_what_is_not_there_is_not_found() -> None:
    response = post(client_with("catalog:write"), "refresh", {"entityRef": "component:default/x"})

    assert response.status_code == 404


def test_a_good_entity_is_valid() -> None:
    response = post(
        client_with("catalog:read"),
        "validate-entity",
        {"entity": ENTITY, "location": f"url:{TARGET}"},
    )

    assert (response.status_code, response.content) == (200, b"")


def test_what_is_wrong_with_an_entity_is_said_with_its_field() -> None:
    broken = {**ENTITY, "metadata": {"name": "-bad-"}, "spec": {"type": "service"}}

    response = post(
        client_with("catalog:read"),
        "validate-entity",
        {"entity": broken, "location": f"url:{TARGET}"},
    )

    assert response.status_code == 400
    messages = " ".join(error["message"] for error in response.json()["errors"])
    assert "metadata.name" in messages
