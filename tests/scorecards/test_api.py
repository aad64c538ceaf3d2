import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.accounts.permissions import ALL_SCOPES
from apps.scorecards import services
from tests.scorecards.factories import NOW, make_component, make_team
from tests.scorecards.test_views import graded  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
ENTITY = "/api/scorecards/entities/default/component/checkout-api"


@pytest.fixture
def token():
    user = User.objects.create_user("robot", role=Role.MEMBER)
    return tokens.issue_token(
        user=user, name="t", scopes=sorted(ALL_SCOPES), days=1, now=timezone.now()
    )


def bearer(token):
    return {"Authorization": f"Bearer {token.secret}"}


def test_nobody_reads_without_a_token(client):
    assert client.get("/api/scorecards/").status_code == 401


def test_lists_scorecards_with_their_rules(client, graded, token):  # noqa: F811
    (card,) = client.get("/api/scorecards/", headers=bearer(token)).json()
    assert card["key"] == "service-basics"
    assert len(card["rules"]) == 19
    assert card["levels"] == {"gold": 0, "silver": 0, "bronze": 0, "none": 2}


def test_an_entity_has_its_results_with_evidence_and_fix(client, graded, token):  # noqa: F811
    (standing,) = client.get(ENTITY, headers=bearer(token)).json()
    pinned = next(row for row in standing["results"] if row["rule"] == "CI-04")
    assert pinned["state"] == "fail"
    assert pinned["evidence"][0]["place"] == ".github/workflows/ci.yml:12"
    assert pinned["fix"]


def test_an_entity_that_is_not_there_is_not_found(client, token):
    response = client.get("/api/scorecards/entities/default/component/no", headers=bearer(token))
    assert response.status_code == 404


def test_grades_an_entity_now_from_stored_facts(client, token):
    make_team()
    make_component()
    services.sync_pack(now=NOW)
    response = client.post(f"{ENTITY}/evaluate", headers=bearer(token))
    assert response.status_code == 200
    assert {row["state"] for row in response.json()[0]["results"]} == {"no_data"}


def test_accepts_many_at_once(client, graded, token, django_capture_on_commit_callbacks):  # noqa: F811
    with django_capture_on_commit_callbacks() as callbacks:
        response = client.post(
            "/api/scorecards/evaluate",
            {"refs": ["component:default/ledger", "component:default/unknown"]},
            content_type="application/json",
            headers=bearer(token),
        )
    assert (response.status_code, response.json()) == (202, {"accepted": 1})
    assert len(callbacks) == 1
