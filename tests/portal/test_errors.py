"""Error pages: true status, what happened, what to do."""

import psycopg
import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import get_resolver

from apps.accounts.models import User
from portal import errors


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_with_status_404(client):
    client.force_login(User.objects.create_user("dana"))

    response = client.get("/nonsense/<b>")

    assert response.status_code == 404
    assert "There is no page" in response.content.decode()
    assert "<b>" not in response.content.decode().replace("<b>Home", "")


def test_the_page_of_a_failure_needs_no_database():
    # Without the django_db mark any query fails.
    response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "The portal failed" in response.content.decode()


@pytest.mark.django_db
def test_a_form_from_elsewhere_says_what_to_do():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/accounts/login/", {"login": "x", "password": "y"})

    assert response.status_code == 403
    assert "reload the page" in response.content.decode()


@pytest.mark.parametrize(("code", "name"), [(400, "bad_request"), (403, "forbidden")])
def test_each_status_has_its_handler(code, name):
    assert get_resolver().resolve_error_handler(code) is getattr(errors, name)


@pytest.mark.django_db
def test_the_gallery_shows_every_component(client):
    client.force_login(User.objects.create_user("dana"))

    response = client.get("/_gallery")

    assert response.status_code == 200
    assert "style=" not in response.content.decode()


def failing(error: Exception, path: str = "/"):
    """Return what is answered where a view raises this."""
    request = RequestFactory().get(path)
    request.request_id = "abc123"  # type: ignore[attr-defined]  # as the middleware sets it
    try:
        try:
            raise error
        except psycopg.Error as cause:
            raise DatabaseError(str(cause)) from cause
    except Exception:
        return errors.server_error(request)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (psycopg.errors.DiskFull("no space left"), 503, "The disk of the database is full."),
        (psycopg.OperationalError("refused"), 503, "The database does not answer."),
        (psycopg.errors.DeadlockDetected("deadlock"), 500, "The portal failed"),
        (ValueError("a fault"), 500, "The portal failed"),
    ],
)
@pytest.mark.parametrize("path", ["/catalog", "/api/catalog/locations"])
def test_an_outage_is_told_apart_from_a_fault(error, status: int, said: str, path: str):
    response = failing(error, path)

    assert response.status_code == status
    assert said in response.content.decode()
    assert response.has_header("Retry-After") == (status == 503)
    assert response["Content-Type"].startswith("application/json") == path.startswith("/api/")
    assert "a fault" not in response.content.decode()
