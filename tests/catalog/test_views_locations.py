"""Registering a file, and the pages of locations."""

import pytest

from apps.accounts.models import Role, User
from apps.catalog.models import Location
from tests.catalog.organisation import ingest

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = User.objects.create_user("root", role=Role.ADMIN)
    client.force_login(user)
    return user


def register(client, target):
    return client.post("/catalog/register", {"target": target})


def test_a_registered_address_leads_to_its_location(client, admin):
    response = register(client, "http://localhost:8001/acme/shop/blob/main/catalog-info.yaml")

    location = Location.objects.get()
    assert response.url == f"/catalog/locations/{location.pk}"
    assert "Being read for the first time" in client.get(response.url).content.decode()


def test_what_is_registered_already_leads_there_too(client, admin):
    address = "http://localhost:8001/acme/shop/blob/main/catalog-info.yaml"
    register(client, address)

    response = register(client, address)

    assert response.url == f"/catalog/locations/{Location.objects.get().pk}"


@pytest.mark.parametrize("target", ["", "no address", "file:///etc/passwd", "javascript:alert(1)"])
def test_a_bad_address_is_refused_beside_the_field(client, admin, target):
    response = register(client, target)

    assert response.status_code == 422
    assert 'id="id_target_error"' in response.content.decode()
    assert not Location.objects.exists()


def test_a_viewer_is_told_why_not(client):
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))

    html = client.get("/catalog/register").content.decode()

    assert "You may not register" in html
    assert register(client, "https://github.com/a/b/blob/main/c.yaml").status_code == 422


def test_the_list_and_the_page_show_what_came_and_what_went_wrong(client, admin, tmp_path):
    ingest(tmp_path / "good.yaml")
    ingest(
        tmp_path / "bad.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
        "metadata: {name: Bad Name}\nspec: {}\n",
    )
    bad = Location.objects.get(target__endswith="bad.yaml")

    html = client.get("/catalog/locations").content.decode()
    assert html.index("bad.yaml") < html.index("good.yaml")

    html = client.get(f"/catalog/locations/{bad.pk}").content.decode()
    assert "bad.yaml:3" in html


def test_a_location_can_be_refreshed_and_removed(client, admin, tmp_path):
    ingest(tmp_path / "good.yaml")
    location = Location.objects.get()

    assert client.post(f"/catalog/locations/{location.pk}/refresh").status_code == 302
    assert client.post(f"/catalog/locations/{location.pk}/remove").url == "/catalog/locations"
    assert not Location.objects.exists()
