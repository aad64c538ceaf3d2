"""Locations on a forge: read, globbed, refreshed by a push, kept when the forge fails."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog import selectors, services, upkeep
from apps.catalog.models import Entity, Location
from apps.integrations.github.results import File
from tests.catalog.conftest import NOW, component
from tests.faults.proxy import FaultProxy
from tests.integrations.servers import ORG

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.processes,
    pytest.mark.parametrize("server", ["forge"], indirect=True),
]
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Repository:
    """A repository on the forge, written to by commits."""

    def __init__(self, client, full_name: str, url: str) -> None:
        self.client, self.full_name, self.url = client, full_name, url
        self.head = None

    def commit(self, files: dict[str, str]) -> None:
        made = self.client.commit_files(
            self.full_name,
            branch="main",
            files={path: File(text.encode()) for path, text in files.items()},
            message="Change\n",
            author_name="Callboard",
            author_email="c@acme.test",
            at=AT,
            parent=self.head,
        )
        self.head = made.sha


@pytest.fixture
def repository(github, server):
    made = github.create_repository(
        owner=ORG, name=f"c-{uuid.uuid4().hex[:8]}", visibility="public"
    )
    return Repository(github, made.full_name, f"{server.url}/{made.full_name}")


def ingest(target: str, **more):
    location = services.register_location(actor=None, target=target, now=NOW, **more)
    services.process_location_now(location_id=location.pk, now=NOW)
    location.refresh_from_db()
    return location


def test_an_entity_of_a_repository_knows_where_to_view_and_edit_it(repository) -> None:
    name = repository.full_name.split("/")[1]
    repository.commit({"catalog-info.yaml": component(name)})
    location = ingest(f"{repository.url}/blob/main/catalog-info.yaml")
    assert location.status == Location.Status.OK, selectors.location_problems(location)
    found = selectors.get_entity(None, f"component:default/{name}")
    target = f"{repository.url}/blob/main/catalog-info.yaml"
    assert found.annotations == {
        "backstage.io/view-url": target,
        "backstage.io/edit-url": target.replace("/blob/", "/edit/"),
        "backstage.io/source-location": f"url:{repository.url}/tree/main/",
        "backstage.io/managed-by-location": f"url:{target}",
        "backstage.io/managed-by-origin-location": f"url:{target}",
    }
    assert found.source_url == target


def test_globs_relative_locations_and_substitutions_stay_in_the_repository(repository) -> None:
    repository.commit(
        {
            "all.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Location\n"
            "metadata: {name: all}\nspec: {target: './services/**/catalog-info.yaml'}\n",
            "services/a/catalog-info.yaml": component("a"),
            "services/b/c/catalog-info.yaml": component("b").replace("kind: Component", "kind: API")
            + "  definition: {$text: ../../../docs/api.txt}\n",
            "docs/api.txt": "openapi",
        }
    )
    location = ingest(f"{repository.url}/blob/main/all.yaml")
    assert selectors.location_problems(location).problems == ()
    assert selectors.exists(None, "component:default/a")
    assert selectors.get_entity(None, "api:default/b").spec["definition"] == "openapi"


def test_a_push_makes_the_locations_of_the_repository_due(repository) -> None:
    repository.commit({"catalog-info.yaml": component("pushed")})
    location = ingest(f"{repository.url}/blob/main/catalog-info.yaml")
    later = NOW + timedelta(minutes=1)
    assert upkeep.take_due_locations(now=later) == []
    repository.commit({"catalog-info.yaml": component("pushed", owner="billing")})
    assert upkeep.handle_push(full_name=repository.full_name.upper(), branch="main", now=later) == 1
    assert upkeep.handle_push(full_name="acme/other", branch="main", now=later) == 0
    assert upkeep.take_due_locations(now=later) == [str(location.pk)]
    assert upkeep.take_due_locations(now=later) == []
    services.process_location_now(location_id=location.pk, now=later)
    assert selectors.get_entity(None, "component:default/pushed").owner_ref.endswith("/billing")


def test_a_forge_that_fails_takes_nothing_away(repository, server, settings) -> None:
    repository.commit({f"{n}/catalog-info.yaml": component(f"k{n}") for n in range(6)})
    with FaultProxy(server.url) as proxy:
        settings.GITHUB_API_URL = server.api_url.replace(server.url, proxy.url)
        settings.GITHUB_URL = proxy.url
        url = repository.url.replace(server.url, proxy.url)
        location = ingest(f"{url}/blob/main/**/catalog-info.yaml")
        assert Entity.objects.filter(kind="Component").count() == 6
        proxy.fault("GET .*", "status", n=50, status=502)
        services.process_location_now(location_id=location.pk, now=NOW + timedelta(minutes=1))
    location.refresh_from_db()
    assert Entity.objects.filter(kind="Component", is_orphan=False).count() == 6
    assert location.error_count >= 1


def test_an_address_that_is_missing_or_elsewhere_is_said_clearly(repository) -> None:
    repository.commit({"catalog-info.yaml": component("x")})
    missing = ingest(f"{repository.url}/blob/main/none.yaml")
    assert missing.status == Location.Status.FAILED
    assert "none.yaml" in str(selectors.location_problems(missing).problems[0])
    elsewhere = ingest("https://elsewhere.example/acme/x/blob/main/catalog-info.yaml")
    assert "reads nothing at" in str(selectors.location_problems(elsewhere).problems[0])
    optional = ingest(f"{repository.url}/blob/main/nothing.yaml", presence="optional")
    assert selectors.location_problems(optional).problems == ()
