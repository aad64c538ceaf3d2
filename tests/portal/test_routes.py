"""Every route of the portal is known, and answers nobody who has not signed in."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import Role, User
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db

# Routes that answer without signing in, each with its reason.
OPEN = {
    "healthz": "tells a process monitor that the process lives",
    "readyz": "tells a load balancer that the portal works",
    "metrics": "figures without names, for a scraper inside the network",
    "sign_in_link": "is itself a way of signing in",
    "demo_sign_in": "is itself a way of signing in, on loopback in the demonstration only",
    "github_webhook": "is authenticated by its signature",
    "theme_set": "a cookie of the visitor's own",
}
# Answers for administrators only.
ADMINISTRATORS = {"audit_events", "person_list", "person_change"}

VALUES = {
    "str": "example",
    "int": "1",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "slug": "example",
    "path": "example",
}


def routes() -> list[tuple[str, str]]:
    """Return (name, example path) of every route of the URL configuration, allauth's apart."""
    found: list[tuple[str, str]] = []

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for entry in patterns:
            path = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, path)
            else:
                found.append((entry.name or path, _example(path)))

    walk(get_resolver().url_patterns, "/")
    return [route for route in found if not _is_of_allauth(route[1])]


def _example(path: str) -> str:
    path = path.replace("^", "").replace("$", "").replace("\\Z", "")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: VALUES[found[1] or "str"], path)


def _is_of_allauth(path: str) -> bool:
    ours = ("/accounts/link/", "/accounts/demo/", "/accounts/theme")
    return path.startswith("/accounts/") and not path.startswith(ours)


ROUTES = routes()


def test_there_are_routes_to_look_at() -> None:
    assert {"home", "settings", "audit_events"} <= {name for name, _ in ROUTES}


@pytest.mark.parametrize(("name", "path"), ROUTES, ids=[path for _, path in ROUTES])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_sees_anything_without_signing_in(name: str, path: str, method: str) -> None:
    response = getattr(Client(), method)(path)

    if name in OPEN:
        return
    if path.startswith("/api/"):
        assert response.status_code in {401, 404, 405} or path == "/api/openapi.json"
    else:
        assert response.status_code == 302, path
        assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.MEMBER, Role.TEMPLATE_AUTHOR, Role.STANDARDS_ADMIN]
)
@pytest.mark.parametrize("name", sorted(ADMINISTRATORS))
def test_administration_is_for_administrators(name: str, role: Role) -> None:
    client = Client()
    client.force_login(User.objects.create(username="somebody", role=role))
    path = dict(ROUTES)[name]

    response = client.post(path) if name == "person_change" else client.get(path)

    assert response.status_code == 403
    assert AuditEvent.objects.filter(decision="denied").exists()


@pytest.mark.parametrize(("name", "path"), ROUTES, ids=[path for _, path in ROUTES])
def test_no_route_breaks_when_a_member_looks_for_what_is_not_there(name: str, path: str) -> None:
    client = Client()
    client.force_login(User.objects.create(username="dana", role=Role.MEMBER))

    response = client.get(path)

    # Not ready is an answer: no worker runs in this test.
    assert response.status_code < 500 or name == "readyz", path


def test_every_page_has_the_headers_of_a_careful_site(client: Client) -> None:
    client.force_login(User.objects.create(username="dana"))

    response = client.get("/settings")

    policy = response["Content-Security-Policy"]
    assert "unsafe-" not in policy
    for directive in (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert directive in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "no-store" in response["Cache-Control"]
