"""Backstage's `POST locations?dryRun=true`, which its import page and scripts ask first."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.catalog import preview, services
from apps.catalog.models import Claim, Entity, Location
from apps.integrations.github.results import File
from tests.catalog.conftest import NOW, component
from tests.integrations.servers import ORG

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.processes,
    pytest.mark.parametrize("server", ["forge"], indirect=True),
]
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
POINTER = """\
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all-of-it}
spec: {targets: [./one.yaml, ./two.yaml]}
"""
GROUP = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, children: []}
"""


@pytest.fixture
def committed(github, server) -> Callable[[dict[str, str]], str]:
    """Commit files into a new repository and return the address of the first."""

    def commit(files: dict[str, str]) -> str:
        name = f"dry-{uuid.uuid4().hex[:8]}"
        made = github.create_repository(owner=ORG, name=name, visibility="public")
        github.commit_files(
            made.full_name,
            branch="main",
            files={path: File(text.encode()) for path, text in files.items()},
            message="Add them\n",
            author_name="Callboard",
            author_email="c@acme.test",
            at=AT,
            parent=None,
        )
        return f"{server.url}/{made.full_name}/blob/main/{next(iter(files))}"

    return commit


def ask(target: str, *, role: str = Role.ADMIN, scope: str = "catalog:write"):
    tokens.forget_believed_tokens()
    user = User.objects.create(username=f"robot-{uuid.uuid4().hex}", role=role)
    issued = tokens.issue_token(user=user, name="t", scopes=[scope], now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {issued.secret}"}).post(
        "/api/catalog/locations?dryRun=true",
        {"type": "url", "target": target},
        content_type="application/json",
    )


def test_it_tells_what_would_come_and_stores_nothing(committed) -> None:
    target = committed(
        {"all.yaml": POINTER, "one.yaml": component("one"), "two.yaml": component("two")}
    )

    response = ask(target)

    assert response.status_code == 201
    body = response.json()
    assert body["exists"] is False
    assert body["location"] == {"type": "url", "target": target, "id": f"url:{target}"}
    kinds = [(entity["kind"], entity["metadata"]["name"]) for entity in body["entities"]]
    assert kinds[0][1].startswith("generated-")
    assert kinds[1:] == [("Location", "all-of-it"), ("Component", "one"), ("Component", "two")]
    annotations = body["entities"][2]["metadata"]["annotations"]
    assert annotations["backstage.io/managed-by-origin-location"] == f"url:{target}"
    assert not Location.objects.exists()
    assert not Entity.objects.exists()
    assert not Claim.objects.exists()


def test_a_registered_location_exists(committed) -> None:
    target = committed({"one.yaml": component("one")})
    services.register_location(actor=None, target=target, now=NOW)

    assert ask(target).json()["exists"] is True


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.yaml": component("a").replace("kind: Component", "kind: 7")}, "a.yaml:2 kind"),
        ({"a.yaml": "kind: [\n"}, "a.yaml:"),
        ({"a.yaml": POINTER}, "one.yaml"),
        ({"a.yaml": component("a") + "---\n" + component("a")}, "component:default/a is there 2"),
        ({"a.yaml": GROUP}, "A Group may not come from this location"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(committed, files: dict[str, str], said: str) -> None:
    response = ask(committed(files))

    assert response.status_code == 400, response.content
    assert response.json()["error"]["name"] == "InputError"
    assert said in response.json()["error"]["message"]


def test_it_reads_a_bounded_number_of_files(committed, monkeypatch) -> None:
    monkeypatch.setattr(preview, "MAX_FILES", 2)
    target = committed(
        {"all.yaml": POINTER, "one.yaml": component("one"), "two.yaml": component("two")}
    )

    assert "at most 2 files here" in ask(target).json()["error"]["message"]


def test_who_may_not_register_may_not_look_either(committed) -> None:
    target = committed({"one.yaml": component("one")})

    assert ask(target, role=Role.VIEWER).status_code == 403
    assert ask(target, scope="catalog:read").status_code == 403
