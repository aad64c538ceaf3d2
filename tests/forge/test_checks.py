"""Check runs and statuses over the REST API."""

from typing import Any

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api
from tests.forge.test_gitdata import GIT, head_of

REPO = "/repos/acme/billing"


def check(api: Api, name: str, **fields: Any) -> dict[str, Any]:
    answer = api.post(f"{REPO}/check-runs", {"name": name, "head_sha": head_of(api), **fields})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_check_goes_from_queued_to_its_conclusion(api: Api, repo: Repository) -> None:
    made = check(api, "test")
    address = f"{REPO}/check-runs/{made['id']}"

    running = api.patch(address, {"status": "in_progress", "started_at": "2026-11-21T09:00:00Z"})
    ended = api.patch(address, {"conclusion": "success", "output": {"title": "t", "summary": "s"}})

    assert (made["status"], made["conclusion"]) == ("queued", None)
    assert running.json()["started_at"] == "2026-11-21T09:00:00Z"
    assert (ended.json()["status"], ended.json()["conclusion"]) == ("completed", "success")
    assert api.get(address).json()["output"]["title"] == "t"


def test_only_the_newest_of_a_name_counts(api: Api, repo: Repository) -> None:
    check(api, "test", conclusion="failure")
    newest = check(api, "test", conclusion="success")
    check(api, "lint")

    latest = api.get(f"{REPO}/commits/main/check-runs", check_name="test").json()
    every = api.get(f"{REPO}/commits/main/check-runs", filter="all").json()

    assert [run["id"] for run in latest["check_runs"]] == [newest["id"]]
    assert (latest["total_count"], every["total_count"]) == (1, 3)


def test_annotations_are_added_up(api: Api, repo: Repository) -> None:
    line = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "warning"}
    output = {"title": "t", "summary": "s", "annotations": [line | {"message": "first"}]}
    made = check(api, "lint", output=output)
    address = f"{REPO}/check-runs/{made['id']}"
    output["annotations"] = [line | {"message": "second"}]

    api.patch(address, {"output": output})

    messages = [one["message"] for one in api.get(f"{address}/annotations").json()]
    assert messages == ["first", "second"]


@pytest.mark.parametrize(
    "change",
    [
        {"head_sha": "0" * 40},
        {"name": None},
        {"status": "done"},
        {"conclusion": "fine"},
        {"status": "completed"},
        {"started_at": "soon"},
        {"output": {"title": "t", "summary": "s", "annotations": [{}]}},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, repo: Repository, change: dict[str, Any]) -> None:
    body = {"name": "x", "head_sha": head_of(api), **change}

    assert api.post(f"{REPO}/check-runs", body).status_code == 422


def test_a_reader_may_not_report(acme: Acme, repo: Repository) -> None:
    assert acme.as_("carol").post(f"{REPO}/check-runs", {"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("states", "combined"),
    [
        ([], "pending"),
        (["success", "success"], "success"),
        (["success", "pending"], "pending"),
        (["pending", "error"], "failure"),
    ],
)
def test_statuses_add_up_to_one(
    api: Api, repo: Repository, states: list[str], combined: str
) -> None:
    for number, state in enumerate(states):
        body = {"state": state, "context": f"c{number}", "target_url": "http://localhost/x"}
        assert api.post(f"{REPO}/statuses/{head_of(api)}", body).status_code == 201

    assert api.get(f"{REPO}/commits/main/status").json()["state"] == combined
    assert len(api.get(f"{REPO}/commits/main/statuses").json()) == len(states)


def test_a_status_needs_a_state_and_a_commit(api: Api, repo: Repository) -> None:
    assert api.post(f"{REPO}/statuses/{head_of(api)}", {}).status_code == 422
    assert api.post(f"{REPO}/statuses/{'0' * 40}", {"state": "success"}).status_code == 422


def test_a_branch_with_slashes_has_checks_too(api: Api, repo: Repository) -> None:
    api.post(f"{GIT}/refs", {"ref": "refs/heads/feature/x", "sha": head_of(api)})
    check(api, "test")

    assert api.get(f"{REPO}/commits/feature/x/check-runs").json()["total_count"] == 1
    assert api.get(f"{REPO}/commits/heads/feature/x/check-runs").json()["total_count"] == 1
