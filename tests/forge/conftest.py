"""A forge with Acme in it, and a client whose every answer is checked against GitHub's contract."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from apps.forge.models import AccessToken, Account, HookDelivery, Repository, Team
from apps.forge.services import access, accounts, repositories
from apps.forge.tasks.deliveries import deliver_hook
from tests.forge import openapi

MIDDLEWARE = [
    "tests.forge.openapi.ContractMiddleware",
    "apps.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "apps.core.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


@pytest.fixture(autouse=True)
def _forge(settings: Any, tmp_path: Path) -> None:
    """Let the forge answer here, with a data folder of this test's own."""
    settings.ROOT_URLCONF = "apps.forge.urls"
    settings.MIDDLEWARE = MIDDLEWARE
    settings.APPEND_SLASH = False
    settings.FORGE_DATA = tmp_path / "forge"
    settings.EMBEDDED_FORGE_URL = "http://testserver"
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024


@pytest.fixture(autouse=True)
def _contract() -> Iterator[None]:
    """Fail a test in which the forge answered what GitHub would not."""
    openapi.violations.clear()
    yield
    assert openapi.violations == []


@dataclass
class Api:
    """A client of the REST API."""

    token: str = "test-token"

    def get(
        self, path: str, headers: dict[str, str] | None = None, /, **query: Any
    ) -> HttpResponse:
        return self._send("GET", path, None, headers, query)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("PUT", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("PATCH", path, body, headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self._send("DELETE", path, body, headers)

    def _send(
        self,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str] | None,
        query: dict[str, Any] | None = None,
    ) -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return Client().generic(
            method,
            f"/api/v3{path}",
            data,
            content_type="application/json",
            headers=sent | (headers or {}),
            query_params=query or None,
        )


@pytest.fixture
def api(db: None) -> Api:
    """The REST API as the built-in owner of the forge."""
    return Api()


@pytest.fixture
def anonymous(db: None) -> Api:
    """The REST API without a token."""
    return Api(token="")


@dataclass
class Acme:
    """An organisation: alice owns it, bob writes, carol only belongs, dave is outside."""

    organization: Account
    team: Team
    people: dict[str, Account]
    tokens: dict[str, str]

    def as_(self, login: str) -> Api:
        return Api(token=self.tokens[login])


@pytest.fixture
def acme(db: None) -> Acme:
    """Acme with its people and the team "billing"."""
    return make_acme()


@pytest.fixture
def repo(acme: Acme) -> Repository:
    """acme/billing with a README; the team "billing" may write."""
    return make_repository(acme)


def make_acme() -> Acme:
    organization = accounts.create_account(login="acme", type=Account.Type.ORGANIZATION)
    people, tokens = {}, {}
    for login in ("alice", "bob", "carol", "dave"):
        person = accounts.create_account(
            login=login, type=Account.Type.USER, email=f"{login}@acme.example", name=login.title()
        )
        people[login] = person
        tokens[login] = AccessToken.issue(account=person, note="test")[1]
        if login != "dave":
            role = "admin" if login == "alice" else "member"
            accounts.join_organization(organization=organization, user=person, role=role)
    team = accounts.create_team(organization=organization, name="Billing")
    accounts.join_team(team=team, user=people["bob"])
    return Acme(organization=organization, team=team, people=people, tokens=tokens)


def make_repository(acme: Acme, name: str = "billing", **settings: Any) -> Repository:
    made = repositories.create(
        owner=acme.organization,
        creator=access.site_administrator(),
        name=name,
        **{"auto_init": True, **settings},
    )
    acme.team.repository_grants.create(repository=made, role="push")
    return made


@pytest.fixture
def unsent_tasks() -> Iterator[None]:
    """Keep Celery's messages in memory: no worker takes part in these tests."""
    before = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_url = "memory://"
    current_app.conf.broker_transport_options = {}
    current_app._after_fork()
    yield
    current_app.conf.broker_url, current_app.conf.broker_transport_options = before
    current_app._after_fork()


@pytest.fixture
def live_forge(
    transactional_db: None, unsent_tasks: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The forge behind a real HTTP server of its own; its address."""
    # A client that keeps its connection would keep the server's thread on the database, too.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    # Not pytest-django's own fixture: that server keeps the middleware it first started with.
    server = LiveServer("localhost")
    settings.EMBEDDED_FORGE_URL = settings.GITHUB_URL = server.url
    settings.GITHUB_API_URL = f"{server.url}/api/v3"
    yield server.url
    server.stop()


def deliver_pending() -> None:
    """Do what the worker does with the deliveries that wait."""
    for delivery in HookDelivery.objects.filter(delivered_at=None).order_by("pk"):
        deliver_hook(delivery_id=delivery.pk)
