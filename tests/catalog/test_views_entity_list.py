"""The catalog list: what the address asks for, counts, fragments, exports."""

import csv
import io

import pytest

from apps.accounts.models import User
from tests.catalog.organisation import ingest

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(tmp_path, client):
    ingest(tmp_path / "catalog.yaml")
    user = User.objects.create_user("dana", entity_ref="user:default/dana")
    client.force_login(user)
    return user


def page(client, address="/catalog", **parameters):
    return client.get(address, parameters).content.decode()


def test_the_bare_address_shows_components(client, dana):
    html = page(client)

    assert "<h1>Components</h1>" in html
    assert "ledger" in html
    assert "Orders API" not in html


def test_the_apis_have_an_address_of_their_own(client, dana):
    html = page(client, "/apis")

    assert "Orders API" in html
    assert ">ledger<" not in html


@pytest.mark.parametrize(
    ("parameters", "shown", "hidden"),
    [
        ({"type": "library"}, "rates", "ledger"),
        ({"lifecycle": "production", "kind": "Component"}, "ledger", "rates"),
        ({"tag": "kafka"}, "ledger", "rates"),
        ({"system": "system:default/money"}, "ledger", "rates"),
        ({"q": "journal"}, "ledger", "rates"),
        ({"q": "jornal", "kind": "Component"}, "ledger", "rates"),
    ],
)
def test_each_filter_narrows_the_list(client, dana, parameters, shown, hidden):
    html = page(client, **parameters)

    assert f"/component/{shown}" in html
    assert f"/component/{hidden}" not in html


def test_mine_is_what_my_teams_own(client, dana):
    html = page(client, mine="1")

    assert "/component/ledger" in html
    assert "/component/forlorn" not in html


def test_starred_is_empty_with_a_lesson(client, dana):
    assert "No stars yet" in page(client, starred="1")


def test_nothing_found_offers_to_clear_the_filters(client, dana):
    html = page(client, q="zzzzzz")

    assert "Nothing matches" in html
    assert "Clear the filters" in html


def test_an_empty_catalog_teaches(client):
    client.force_login(User.objects.create_user("eve"))

    assert "Nothing registered yet" in page(client)


def test_the_counts_of_a_facet_follow_the_other_filters(client, dana):
    html = page(client, kind="Component", lifecycle="experimental")

    facet = html[html.index('id="facet-type-library"') :]
    assert '<span class="facet__count">1</span>' in facet[:400]
    assert 'id="facet-type-service"' not in html


def test_an_htmx_request_gets_only_the_results(client, dana):
    response = client.get("/catalog?q=led", headers={"HX-Request": "true"})

    assert "<html" not in response.content.decode()
    assert 'id="results"' in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_a_hostile_value_is_text(client, dana):
    html = page(client, q='"><script>alert(1)</script>', kind="<b>")

    assert "<script>alert" not in html


def test_the_list_takes_the_same_queries_for_more_rows(client, dana, django_assert_max_num_queries):
    page(client)

    with django_assert_max_num_queries(12):
        page(client)


def test_the_csv_holds_the_filtered_rows_and_no_formula(client, dana):
    response = client.get("/catalog/export.csv", {"kind": "Component", "type": "library"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

    assert [row["ref"] for row in rows] == ["component:default/rates"]
    assert rows[0]["description"] == "'=cmd()"


def test_the_json_holds_the_filtered_rows(client, dana):
    body = client.get("/catalog/export.json", {"kind": "System"}).json()

    assert [item["ref"] for item in body["items"]] == ["system:default/money"]
