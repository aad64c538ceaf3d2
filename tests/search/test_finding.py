"""Search asks every source and keeps their order."""

import pytest

from apps.accounts.models import User
from apps.accounts.permissions import Actor
from apps.search import finding
from apps.search.extensions import Hit, SearchSource, search_sources

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return Actor(user=User.objects.create_user("dana"))


def things(actor, text, limit):
    return [Hit(f"{text} {i}", f"/{i}", "thing") for i in range(limit + 5)]


def nothing(actor, text, limit):
    return []


def test_a_source_is_held_to_the_limit(actor):
    with search_sources.temporarily(SearchSource("things", "Things", things)):
        groups = [g for g in finding.search(actor, "x", limit=3) if g.key == "things"]

    assert [hit.title for hit in groups[0].hits] == ["x 0", "x 1", "x 2"]


def test_a_source_that_finds_nothing_is_left_out(actor):
    with search_sources.temporarily(SearchSource("nothing", "Nothing", nothing)):
        groups = finding.search(actor, "x")

    assert "nothing" not in [group.key for group in groups]


def test_control_characters_and_length_are_taken_from_the_text():
    assert finding.clean("a\x00b\n c" + "d" * 500) == ("a b c" + "d" * 500)[:200]


def test_the_palette_goes_to_pages_by_name(actor):
    groups = {group.key: group for group in finding.palette(actor, "hom")}

    assert [hit.url for hit in groups["pages"].hits] == ["/"]


def test_the_search_page_says_when_nothing_matches(client, actor):
    client.force_login(actor.user)

    html = client.get("/search", {"q": "<b>zzz</b>"}).content.decode()

    assert "Nothing matches" in html
    assert "<b>zzz" not in html


def test_an_htmx_request_gets_only_the_results(client, actor):
    client.force_login(actor.user)

    response = client.get("/search", {"q": "zzz"}, headers={"HX-Request": "true"})

    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]
