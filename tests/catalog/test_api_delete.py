"""DELETE entities/by-uid, which Backstage's pages and scripts send to unregister."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.catalog.models import Entity
from apps.core.models import AuditEvent
from tests.catalog.conftest import Folder, component

pytestmark = pytest.mark.django_db


def client_with(scope: str, role: str = Role.ADMIN) -> Client:
    tokens.forget_believed_tokens()
    user = User.objects.create(username=f"robot-{uuid.uuid4().hex}", role=role)
    issued = tokens.issue_token(user=user, name="t", scopes=[scope], now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {issued.secret}"})


@pytest.fixture
def address(folder: Folder) -> str:
    folder.write("one.yaml", component("one"))
    folder.ingest()
    uid = Entity.objects.get(ref="component:default/one").uid
    return f"/api/catalog/entities/by-uid/{uid}"


def test_an_entity_is_removed_and_comes_back_with_its_source(folder: Folder, address: str) -> None:
    response = client_with("catalog:write").delete(address)

    assert (response.status_code, response.content) == (204, b"")
    assert not Entity.objects.filter(ref="component:default/one").exists()
    assert AuditEvent.objects.filter(
        action="catalog.delete_entity", object_id="component:default/one"
    ).exists()
    folder.ingest()
    assert Entity.objects.filter(ref="component:default/one").exists()


@pytest.mark.parametrize("uid", ["nonsense", "5000f934-a8c2-4152-9dd4-7c738815d5c1"])
def test_what_is_not_there_is_not_found(address: str, uid: str) -> None:
    response = client_with("catalog:write").delete(f"/api/catalog/entities/by-uid/{uid}")

    assert response.status_code == 404
    assert response.json()["error"]["name"] == "NotFoundError"


@pytest.mark.parametrize(
    ("scope", "role"),
    [("catalog:read", Role.ADMIN), ("catalog:write", Role.MEMBER), ("catalog:write", Role.VIEWER)],
)
def test_who_may_not_is_refused(address: str, scope: str, role: str) -> None:
    assert client_with(scope, role).delete(address).status_code == 403
    assert Entity.objects.filter(ref="component:default/one").exists()
