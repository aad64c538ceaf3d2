"""What a person chooses: theme and stars."""

import pytest

from apps.accounts import preferences
from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return User.objects.create_user("dana")


def test_the_newest_star_comes_first_and_only_once(dana):
    for ref in ("component:default/a", "component:default/b", "component:default/a"):
        preferences.set_starred(user=dana, ref=ref, starred=True)

    dana.refresh_from_db()
    assert dana.starred == ["component:default/a", "component:default/b"]
    assert AuditEvent.objects.filter(action="accounts.star").count() == 3


def test_a_star_can_be_taken_away(dana):
    preferences.set_starred(user=dana, ref="component:default/a", starred=True)
    preferences.set_starred(user=dana, ref="component:default/a", starred=False)

    dana.refresh_from_db()
    assert dana.starred == []


def test_stars_are_limited(dana):
    dana.starred = [f"component:default/{i}" for i in range(preferences.STARS_LIMIT)]
    dana.save()

    with pytest.raises(InvalidInput, match="already"):
        preferences.set_starred(user=dana, ref="component:default/new", starred=True)


def test_the_theme_is_written_on_the_page_by_the_server(client, dana):
    client.force_login(dana)

    response = client.post("/accounts/theme", {"theme": "dark", "next": "/search"})

    assert response.url == "/search"
    assert 'data-theme="dark"' in client.get("/search").content.decode()


def test_the_sign_in_page_keeps_the_theme_of_the_cookie(client):
    client.cookies["theme"] = "dark"

    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()


def test_an_unknown_theme_is_refused(client, dana):
    client.force_login(dana)

    assert client.post("/accounts/theme", {"theme": "pink"}).status_code == 400


def test_the_answer_leads_nowhere_else(client, dana):
    client.force_login(dana)

    response = client.post("/accounts/theme", {"theme": "dark", "next": "https://evil.example/"})

    assert response.url == "/"
