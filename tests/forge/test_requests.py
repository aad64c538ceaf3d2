"""What any call may get wrong: bodies, types, pages, addresses."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.forge.api import call
from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api, make_repository

REPOS = "/orgs/acme/repos"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "Problems parsing JSON"),
        (b"\xff\xfe", 400, "Problems parsing JSON"),
        (b"[" * 200_000, 400, "Problems parsing JSON"),
        (b'"text"', 400, "Body should be a JSON object"),
        (b'{"name": 5}', 422, "is not a string"),
        (b'{"name": "x", "private": "yes"}', 422, "is not a boolean"),
        (b"{}", 422, '"name" wasn\'t supplied'),
        (b'{"name": "x", "description": "\\ud800"}', 422, "Validation Failed"),
        (b'{"name": "x", "homepage": "a\\u0000b"}', 422, "Validation Failed"),
        (b'{"name": "x", "visibility": "secret"}', 422, "Validation Failed"),
    ],
)
def test_a_body_that_cannot_be_used_says_why(
    acme: Acme, body: bytes, status: int, message: str
) -> None:
    answer = acme.as_("alice").post(REPOS, body)

    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert not Repository.objects.exists()


def test_a_body_that_is_too_large_is_refused(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "MAX_BODY_BYTES", 1000)

    answer = acme.as_("alice").post(REPOS, {"name": "x", "description": "y" * 1000})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    ["/nope", "/repos/acme", "/repos/acme/nope", "/repos/acme/%00", "/orgs/nope", "/orgs/alice",
     "/users/%00", "/repos/acme/billing/pulls/99999999999999999999", "/repos/a%2Fb/c"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(api: Api, repo: Repository, path: str) -> None:
    answer = Client().get(f"/api/v3{path}", headers={"Authorization": "Bearer test-token"})

    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_a_method_that_is_not_there_is_not_found(api: Api, repo: Repository) -> None:
    answer = Client().delete("/api/v3/user", headers={"Authorization": "Bearer test-token"})

    assert answer.status_code == 404


class TestPages:
    @pytest.fixture
    def five(self, acme: Acme) -> Api:
        for number in range(5):
            make_repository(acme, name=f"svc-{number}", auto_init=False)
        return acme.as_("alice")

    def test_the_link_header_names_the_others(self, five: Api) -> None:
        answer = five.get(REPOS, per_page=2, page=2, sort="full_name")

        base = "http://testserver/api/v3/orgs/acme/repos?per_page=2"
        assert [one["name"] for one in answer.json()] == ["svc-2", "svc-3"]
        assert answer["Link"] == ", ".join(
            f'<{base}&page={page}&sort=full_name>; rel="{rel}"'
            for rel, page in (("prev", 1), ("first", 1), ("next", 3), ("last", 3))
        )

    @pytest.mark.parametrize(
        "query",
        [{"page": "-1"}, {"page": "x"}, {"per_page": "0"}, {"page": "9" * 30}, {"page": "²"}],
    )
    def test_a_page_that_is_none_is_taken_for_another(
        self, five: Api, query: dict[str, Any]
    ) -> None:
        assert five.get(REPOS, **query).status_code == 200

    def test_one_page_has_no_others(self, five: Api) -> None:
        assert "Link" not in five.get(REPOS).headers

    def test_a_page_has_at_most_a_hundred(self, five: Api) -> None:
        for number in range(5, 103):
            Repository.objects.create(
                owner=Repository.objects.first().owner,
                name=f"svc-{number}",  # type: ignore[union-attr]
            )

        assert len(five.get(REPOS, per_page=1000).json()) == 100


class TestManners:
    def test_the_rate_limit_is_told_with_every_answer(self, api: Api, repo: Repository) -> None:
        for answer in (api.get("/user"), api.get("/nope"), api.delete("/repos/acme/billing")):
            assert answer["X-RateLimit-Limit"] == "5000"
            assert int(answer["X-RateLimit-Remaining"]) > 0

    def test_errors_have_githubs_shape(self, api: Api) -> None:
        body = api.get("/repos/acme/nope").json()

        assert body == {
            "message": "Not Found",
            "documentation_url": "https://docs.github.com/rest",
            "status": "404",
        }

    def test_an_answer_differs_with_its_content(self, api: Api, repo: Repository) -> None:
        first = api.get("/repos/acme/billing")
        assert api.get("/repos/acme/billing", {"If-None-Match": first["ETag"]}).status_code == 304

        api.patch("/repos/acme/billing", {"description": "Other"})

        again = api.get("/repos/acme/billing", {"If-None-Match": first["ETag"]})
        assert again.status_code == 200
        assert json.loads(again.content)["description"] == "Other"
