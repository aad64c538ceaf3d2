"""Protected branches over the REST API."""

from typing import Any

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api
from tests.forge.test_gitdata import GIT, commit_files, head_of

BRANCH = "/repos/acme/billing/branches/main"


def protect(api: Api, **fields: Any) -> dict[str, Any]:
    body = {
        "required_status_checks": None,
        "enforce_admins": False,
        "required_pull_request_reviews": None,
        "restrictions": None,
        **fields,
    }
    answer = api.put(f"{BRANCH}/protection", body)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_what_was_set_is_told(api: Api, repo: Repository, acme: Acme) -> None:
    protect(
        api,
        required_status_checks={"strict": True, "contexts": ["test"]},
        enforce_admins=True,
        required_pull_request_reviews={"required_approving_review_count": 2},
        restrictions={"users": ["bob"], "teams": ["billing"]},
        required_linear_history=True,
    )

    told = api.get(f"{BRANCH}/protection").json()

    assert told["required_status_checks"]["contexts"] == ["test"]
    assert told["enforce_admins"]["enabled"] is True
    assert told["required_pull_request_reviews"]["required_approving_review_count"] == 2
    assert [user["login"] for user in told["restrictions"]["users"]] == ["bob"]
    assert told["required_linear_history"] == {"enabled": True}
    assert api.get(BRANCH).json()["protected"] is True


def test_parts_are_changed_one_by_one(api: Api, repo: Repository) -> None:
    protect(api, required_status_checks={"strict": False, "contexts": ["a"]})

    api.patch(f"{BRANCH}/protection/required_status_checks", {"contexts": ["b"], "strict": True})
    api.patch(
        f"{BRANCH}/protection/required_pull_request_reviews",
        {"required_approving_review_count": 3},
    )
    api.post(f"{BRANCH}/protection/enforce_admins")

    told = api.get(f"{BRANCH}/protection").json()
    assert told["required_status_checks"]["contexts"] == ["b"]
    assert told["required_pull_request_reviews"]["required_approving_review_count"] == 3
    assert told["enforce_admins"]["enabled"] is True


@pytest.mark.parametrize("part", ["required_status_checks", "required_pull_request_reviews"])
def test_a_part_that_is_not_set_is_not_found(api: Api, repo: Repository, part: str) -> None:
    protect(api)

    assert api.get(f"{BRANCH}/protection/{part}").status_code == 404
    assert api.delete(f"{BRANCH}/protection/{part}").status_code == 204


def test_an_unprotected_branch_says_so(api: Api, repo: Repository) -> None:
    answer = api.get(f"{BRANCH}/protection")

    assert (answer.status_code, answer.json()["message"]) == (404, "Branch not protected")
    assert api.delete(f"{BRANCH}/protection").status_code == 404


def test_the_four_parts_must_be_sent(api: Api, repo: Repository) -> None:
    answer = api.put(f"{BRANCH}/protection", {"enforce_admins": True})

    assert answer.status_code == 422
    assert '"restrictions" wasn\'t supplied' in answer.json()["message"]


def test_only_an_administrator_sets_it(acme: Acme, repo: Repository) -> None:
    assert acme.as_("bob").put(f"{BRANCH}/protection", {}).status_code == 403


def test_it_holds_for_refs_over_the_api(acme: Acme, api: Api, repo: Repository) -> None:
    protect(api, required_pull_request_reviews={})
    sha = commit_files(api, {"a": "1"})

    answer = acme.as_("bob").patch(f"{GIT}/refs/heads/main", {"sha": sha})

    assert answer.status_code == 422
    assert answer.json()["message"] == "Changes must be made through a pull request."


def test_it_holds_for_administrators_where_it_says_so(api: Api, repo: Repository) -> None:
    old = head_of(api)
    api.patch(f"{GIT}/refs/heads/main", {"sha": commit_files(api, {"a": "1"})})
    protect(api)

    answer = api.patch(f"{GIT}/refs/heads/main", {"sha": old, "force": True})

    assert answer.json()["message"] == "Cannot force-push to this branch"


def test_rules_of_a_branch_are_none(api: Api, repo: Repository) -> None:
    assert api.get("/repos/acme/billing/rules/branches/main").json() == []
