"""The pages of an entity: overview, relations, source, definition; star and refresh."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.catalog.extensions import EntityCard, entity_cards
from apps.integrations.models import PipelineRun
from tests.catalog.organisation import YAML, ingest

pytestmark = pytest.mark.django_db
LEDGER = "/catalog/default/component/ledger"


@pytest.fixture
def dana(tmp_path, client):
    ingest(tmp_path / "catalog.yaml")
    user = User.objects.create_user("dana", entity_ref="user:default/dana")
    client.force_login(user)
    return user


def page(client, address=LEDGER):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_overview_says_who_owns_it_and_where_it_belongs(client, dana):
    html = page(client)

    assert "/catalog/default/group/payments" in html
    assert ">Money<" in html
    assert "acme/ledger" in html
    assert "catalog.yaml" in html


def test_a_link_that_would_run_is_text(client, dana):
    html = page(client)

    assert 'href="https://runbook.example/"' in html
    assert 'href="javascript:' not in html
    assert "javascript:alert(1)" in html


def test_the_neighbourhood_is_data_and_a_list(client, dana):
    html = page(client)

    graph = json.loads(re.search(r'id="graph-data"[^>]*>(.*?)</script>', html, re.S)[1])
    nodes = {node["ref"]: node for node in graph["nodes"]}
    assert nodes["component:default/rates"]["url"] == "/catalog/default/component/rates"
    assert nodes["resource:default/gone"]["missing"] is True
    assert "not in the catalog" in html


def test_the_pipeline_shows_its_runs(client, dana):
    now = timezone.now()
    for number, conclusion in ((1, "success"), (2, "failure")):
        PipelineRun.objects.create(
            full_name="acme/ledger",
            run_id=number,
            number=number,
            workflow="ci",
            status="completed",
            conclusion=conclusion,
            started_at=now,
            completed_at=now + timedelta(seconds=90),
            updated_at=now,
        )

    html = page(client)

    assert "2 runs, 1 failed" in html
    assert "median 1 min 30 s" in html
    assert 'data-state="bad">failing' in html


def test_a_card_of_another_app_stands_where_it_wants(client, dana):
    card = EntityCard(key="test", render=lambda request, entity: "TEST CARD", column="aside")
    with entity_cards.temporarily(card):
        html = page(client)

    assert "TEST CARD" in html


def test_the_overview_takes_a_bounded_number_of_queries(
    client, dana, django_assert_max_num_queries
):
    page(client)

    with django_assert_max_num_queries(23):
        page(client)


def test_problems_are_shown_to_everybody_with_file_and_line(client, dana, tmp_path):
    # The owner must be a text; the last good version stays.
    broken = YAML.replace("spec: {type: library, lifecycle", "spec: {type: [1], lifecycle")
    from apps.catalog import services
    from apps.catalog.models import Location

    (tmp_path / "catalog.yaml").write_text(broken)
    location = Location.objects.get()
    services.process_location_now(location_id=location.pk, now=timezone.now())

    html = page(client, "/catalog/default/component/rates")

    assert re.search(r"catalog\.yaml:\d+", html)
    assert "last good version" in html


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/catalog/default/group/payments", "Dana Okafor"),
        ("/catalog/default/system/money", "ledger"),
        ("/catalog/default/user/dana", "Payments"),
        (f"{LEDGER}/relations", "Depends on"),
        (f"{LEDGER}/source", "component:default/rates"),
        ("/catalog/default/api/orders/definition", "List orders"),
        ("/catalog/default/api/orders/definition?view=source", "openapi"),
        ("/graph?ref=component:default/ledger&depth=2", "Around ledger"),
        ("/graph", "Money"),
        ("/teams", "Acme"),
    ],
)
def test_each_page_answers_its_question(client, dana, address, text):
    assert text in page(client, address)


@pytest.mark.parametrize(
    "address",
    ["/catalog/default/component/nothing", f"{LEDGER}x/source", "/graph?ref=component:default/no"],
)
def test_what_is_not_there_is_404(client, dana, address):
    assert client.get(address).status_code == 404


def test_a_bad_reference_is_an_error_with_advice(client, dana):
    response = client.get("/graph?ref=::")

    assert response.status_code == 400
    assert "component:default/checkout" in response.content.decode()


def test_the_address_may_be_written_in_any_case(client, dana):
    assert client.get("/catalog/default/Component/Ledger").status_code == 200


def test_the_frame_of_a_definition_has_an_origin_of_its_own(client, dana):
    response = client.get("/catalog/default/api/orders/definition/frame")

    policy = response["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "unsafe" not in policy
    assert "<script>window.hacked" not in response.content.decode()


def test_only_an_openapi_definition_has_a_frame(client, dana):
    assert client.get(f"{LEDGER}/definition/frame").status_code == 404


def test_a_star_is_given_and_taken_by_the_same_button(client, dana):
    response = client.post(f"{LEDGER}/star", {"starred": "1"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' in response.content.decode()

    dana.refresh_from_db()
    assert dana.starred == ["component:default/ledger"]

    assert client.post(f"{LEDGER}/star", {"starred": "0"}).url == LEDGER
    dana.refresh_from_db()
    assert dana.starred == []


def test_a_refresh_is_for_those_who_may(client, dana):
    assert client.post(f"{LEDGER}/refresh").url == LEDGER

    User.objects.filter(pk=dana.pk).update(role=Role.VIEWER)
    assert client.post(f"{LEDGER}/refresh").status_code == 403
