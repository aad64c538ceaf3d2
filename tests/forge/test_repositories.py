"""Repositories over the REST API."""

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api


class TestCreate:
    def test_an_empty_repository_has_what_was_asked_for(self, acme: Acme) -> None:
        body = {
            "name": "svc",
            "description": "A service",
            "homepage": "http://localhost:8000/runs/1",
            "private": True,
            "has_wiki": False,
        }

        answer = acme.as_("bob").post("/orgs/acme/repos", body)

        assert answer.status_code == 201
        made = answer.json()
        assert made["full_name"] == "acme/svc"
        assert made["homepage"] == "http://localhost:8000/runs/1"
        assert (made["private"], made["visibility"]) == (True, "private")
        assert made["has_wiki"] is False
        assert made["clone_url"] == "http://testserver/acme/svc.git"

    def test_a_taken_name_is_refused_in_githubs_words(self, acme: Acme, repo: Repository) -> None:
        answer = acme.as_("alice").post("/orgs/acme/repos", {"name": "BILLING"})

        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {
                "resource": "Repository",
                "code": "custom",
                "field": "name",
                "message": "name already exists on this account",
            }
        ]

    @pytest.mark.parametrize(
        "name",
        ["../x", "a/b", "", ".", "..", "x.git", "x.GIT", "naïve", "a b", "x" * 101, "a\0b", "-\n"],
    )
    def test_a_name_that_could_mislead_is_refused(self, acme: Acme, name: str) -> None:
        answer = acme.as_("alice").post("/orgs/acme/repos", {"name": name})

        assert answer.status_code == 422
        assert not Repository.objects.exists()

    def test_a_stranger_cannot_create_in_an_organisation(self, acme: Acme) -> None:
        answer = acme.as_("dave").post("/orgs/acme/repos", {"name": "svc"})

        assert answer.status_code == 403

    def test_nobody_creates_without_a_token(self, acme: Acme, anonymous: Api) -> None:
        answer = anonymous.post("/orgs/acme/repos", {"name": "svc"})

        assert answer.status_code == 401

    def test_auto_init_commits_a_readme(self, acme: Acme) -> None:
        api = acme.as_("alice")
        api.post("/orgs/acme/repos", {"name": "svc", "auto_init": True, "description": "Words"})

        [entry] = api.get("/repos/acme/svc/contents").json()

        assert entry["name"] == "README.md"
