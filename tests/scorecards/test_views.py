import csv
import io

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.core.models import AuditEvent
from apps.scorecards import services
from apps.scorecards.extensions import collectors
from apps.scorecards.facts.forge import ForgeCollector
from apps.scorecards.facts.repository import RepositoryCollector
from apps.scorecards.views.scorecards import RESULT_COLUMNS
from tests.scorecards.factories import GOOD, NOW, make_component, make_entity, make_team
from tests.scorecards.test_services_evaluation import healthy

pytestmark = pytest.mark.django_db
TAB = "/catalog/default/component/checkout-api/scorecards"
BROKEN = GOOD[".github/workflows/ci.yml"].replace(
    "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v5"
)


@pytest.fixture
def graded():
    """Two services of two teams, both with an action that is not pinned."""
    make_team()
    make_team("payments", ("grace", "edsger"))
    make_component()
    make_component("ledger", owner="group:default/payments")
    forge = healthy(
        {**GOOD, ".github/workflows/ci.yml": BROKEN},
        authors_since={"ada": 1, "linus": 1, "grace": 1, "edsger": 1},
    )
    refs = ["component:default/checkout-api", "component:default/ledger"]
    with (
        collectors.temporarily(RepositoryCollector(client=forge)),
        collectors.temporarily(ForgeCollector(client=forge)),
    ):
        services.collect_and_evaluate(refs=refs, now=NOW)


def person(role=Role.MEMBER):
    user = User.objects.create_user("dana", password="x", role=role)
    client = Client()
    client.force_login(user)
    return client


class TestPages:
    def test_the_list_shows_how_services_spread(self, graded):
        html = person().get("/scorecards").content.decode()
        assert "Service basics" in html
        assert 'aria-label="2 none"' in html

    def test_the_list_shows_a_scorecard_that_graded_nobody_yet(self):
        html = person().get("/scorecards").content.decode()
        assert "nothing graded yet" in html

    def test_a_scorecard_shows_numbers_teams_and_services(self, graded):
        html = person().get("/scorecards/service-basics").content.decode()
        assert "Rule by team" in html
        assert "checkout-api" in html
        assert "CI-04" in html

    def test_a_team_narrows_the_services(self, graded):
        html = (
            person()
            .get("/scorecards/service-basics?team=group:default/payments")
            .content.decode()
            .partition('id="services"')[2]
        )
        assert "ledger" in html
        assert "checkout-api" not in html

    def test_htmx_gets_only_the_services(self, graded):
        response = person().get(
            "/scorecards/service-basics?level=gold", headers={"HX-Request": "true"}
        )
        html = response.content.decode()
        assert "<html" not in html
        assert "No service matches" in html

    def test_an_unknown_level_finds_nothing(self, graded):
        html = person().get("/scorecards/service-basics?level=lead").content.decode()
        assert "No service matches" in html

    def test_the_csv_has_as_many_rows_as_the_page(self, graded):
        response = person().get("/scorecards/service-basics?format=csv")
        rows = list(csv.DictReader(io.StringIO(response.content.decode())))
        assert [row["entity"] for row in rows] == [
            "component:default/checkout-api",
            "component:default/ledger",
        ]
        assert rows[0]["failing_rules"] == "API-01 CI-04"
        assert rows[0]["tier"] == "1"

    def test_a_rule_shows_who_fails_it_with_the_line(self, graded):
        html = person().get("/scorecards/service-basics/rules/CI-04").content.decode()
        assert "2 fail" in html
        assert ".github/workflows/ci.yml:12" in html
        assert "https://forge.example/acme/ledger/blob/main/.github/workflows/ci.yml#L12" in html
        assert "Replace each tag by the commit" in html

    def test_the_csv_of_a_rule_keeps_the_contract(self, graded):
        response = person().get("/scorecards/service-basics/rules/CI-04?format=csv")
        header, first, _ = csv.reader(io.StringIO(response.content.decode()))
        assert header == list(RESULT_COLUMNS)
        assert header[7:11] == ["rule", "state", "since", "evidence_url"]
        assert first[7:9] == ["CI-04", "fail"]

    @pytest.mark.parametrize(
        "path", ["/scorecards/nothing", "/scorecards/service-basics/rules/XX-01"]
    )
    def test_what_is_not_there_is_not_found(self, path):
        assert person().get(path).status_code == 404

    def test_nobody_looks_without_signing_in(self):
        assert Client().get("/scorecards").status_code == 302

    def test_a_restricted_service_is_hidden(self, graded):
        entity = make_entity("component:default/secret", spec={"type": "service"})
        entity.is_restricted = True
        entity.save()
        services.evaluate_entities(refs=[entity.ref], now=NOW)
        client = person()
        page = client.get("/scorecards/service-basics").content.decode()
        assert "secret" not in page
        assert client.get("/catalog/default/component/secret/scorecards").status_code == 404


class TestTheTab:
    def test_shows_each_rule_with_evidence_and_the_way_out(self, graded):
        html = person().get(TAB).content.decode()
        assert "17 of 19 rules pass" in html
        assert "How to fix, and why" in html
        assert "blob/main/.github/workflows/ci.yml#L12" in html
        assert "Next: <strong>Bronze</strong>, 1 rule, about 60 minutes" in html

    def test_asks_for_a_new_look(self, graded, django_capture_on_commit_callbacks):
        client = person()
        with django_capture_on_commit_callbacks() as callbacks:
            response = client.post(f"{TAB}/check", headers={"HX-Request": "true"})
        assert len(callbacks) == 1
        assert "Reading repository, forge and catalog" in response.content.decode()
        assert AuditEvent.objects.filter(action="scorecards.request_evaluation").count() == 1

    def test_works_without_javascript(self, graded):
        response = person().post(f"{TAB}/check")
        assert (response.status_code, response["Location"]) == (302, TAB)

    def test_the_waiting_line_reloads_when_the_result_is_there(self, graded):
        client = person()
        done = client.get(f"{TAB}/checked?since=2026-11-21T11:00:00Z")
        waiting = client.get(f"{TAB}/checked?since=2026-11-21T13:00:00Z")
        assert done["HX-Refresh"] == "true"
        assert "hx-get" in waiting.content.decode()

    def test_a_viewer_may_look_but_not_ask(self, graded):
        client = person(Role.VIEWER)
        assert "Re-check now" not in client.get(TAB).content.decode()
        assert client.post(f"{TAB}/check").status_code == 403


class TestQueries:
    def test_a_scorecards_page_does_not_grow_with_its_services(
        self, graded, django_assert_max_num_queries
    ):
        client = person()
        client.get("/scorecards")
        with django_assert_max_num_queries(20):
            client.get("/scorecards/service-basics")

    def test_the_tab_takes_few(self, graded, django_assert_max_num_queries):
        client = person()
        client.get("/scorecards")
        with django_assert_max_num_queries(15):
            client.get(TAB)
