"""Every golden path of the demonstration, through the REST API and in the embedded runner."""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.timeout(600),
]

SECONDS = 400
CREATING = [
    "python-service",
    "node-service",
    "python-worker",
    "python-library",
    "docs-site",
    "api-contract",
]
TEST = b"""\
import unittest


class TestSums(unittest.TestCase):
    def test_two_and_two(self):
        self.assertEqual(2 + 2, 4)
"""


def ask(url: str, token: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
    """Return the JSON answer of a REST call."""
    request = Request(
        url,
        method=method or ("POST" if body else "GET"),
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=20) as answer:
        return json.load(answer)


def until(what: str, found: Callable[[], Any]) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(0.3)
    raise AssertionError(f"{what} did not happen in {SECONDS} s")


class Golden:
    """Golden paths of a running portal, started as a script would."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        scopes = ("runs:create", "runs:read", "catalog:read")
        printed = portal.manage("create_token", "--user", "admin", "--scope", *scopes)
        self.token = printed.strip().splitlines()[-1]
        self.forge_token = (portal.folder / "secrets" / "forge-token").read_text().strip()
        self.host = urlsplit(portal.forge).netloc

    def start(self, template: str, repository: str, **values: str) -> str:
        """Start a golden path and return the run's id."""
        given = {
            "owner": "group:default/payments",
            "repoUrl": f"{self.host}?owner=acme&repo={repository}",
            **values,
        }
        body = {"templateRef": f"template:default/{template}", "values": given}
        return str(ask(f"{self.portal.url}/api/scaffolder/v2/tasks", self.token, body)["id"])

    def wait_for_run(self, run: str) -> None:
        """Wait until a run is completed."""
        address = f"{self.portal.url}/api/scaffolder/v2/tasks/{run}"

        def over() -> bool:
            status = ask(address, self.token)["status"]
            if status in {"failed", "cancelled"}:
                events = ask(f"{address}/events", self.token)
                raise AssertionError(json.dumps(events, indent=1)[-3000:])
            return bool(status == "completed")

        until(f"The end of run {run}", over)

    def of_repository(self, repository: str, path: str = "") -> Any:
        """Ask the forge about a repository."""
        return ask(f"{self.portal.forge}/api/v3/repos/acme/{repository}{path}", self.forge_token)

    def wait_for_pipelines(self, repository: str, *, event: str, count: int) -> None:
        """Wait until so many pipelines have run for an event, and see that each is green."""

        def ended() -> list[dict[str, Any]]:
            answer = self.of_repository(repository, f"/actions/runs?event={event}")
            done = [run for run in answer["workflow_runs"] if run["status"] == "completed"]
            return done if len(done) >= count else []

        runs = until(f"The pipeline of {repository}", ended)
        assert {run["conclusion"] for run in runs} == {"success"}, self._told(repository, runs[0])

    def _told(self, repository: str, run: dict[str, Any]) -> str:
        jobs = self.of_repository(repository, f"/actions/runs/{run['id']}/jobs")["jobs"]
        address = f"{self.portal.forge}/api/v3/repos/acme/{repository}"
        told = []
        for job in jobs:
            log = Request(
                f"{address}/actions/jobs/{job['id']}/logs",
                headers={"Authorization": f"Bearer {self.forge_token}"},
            )
            with urlopen(log, timeout=20) as answer:
                told.append(f"{job['name']}: {answer.read().decode()[-2500:]}")
        return "\n".join(told)


@pytest.fixture(scope="module")
def golden(portal: Portal) -> Golden:
    return Golden(portal)


def test_what_every_creating_path_makes_is_green_here(golden: Golden) -> None:
    runs = {
        path: golden.start(
            path, f"made-by-{path}", name=f"made-by-{path}", description="Keeps what it is given"
        )
        for path in CREATING
    }
    for run in runs.values():
        golden.wait_for_run(run)

    for path in CREATING:
        golden.wait_for_pipelines(f"made-by-{path}", event="push", count=1)
        entity = ask(
            f"{golden.portal.url}/api/catalog/entities/by-name/component/default/made-by-{path}",
            golden.token,
        )
        assert entity["spec"]["owner"] == "group:default/payments"


def test_a_repository_gets_a_pipeline_and_alerts_by_pull_request(
    golden: Golden, page: Page
) -> None:
    repository = "grown-by-hand"
    organisation = f"{golden.portal.forge}/api/v3/orgs/acme/repos"
    ask(organisation, golden.forge_token, {"name": repository, "auto_init": True})
    ask(
        f"{golden.portal.forge}/api/v3/repos/acme/{repository}/contents/test_sums.py",
        golden.forge_token,
        {"message": "Test sums", "content": b64encode(TEST).decode()},
        "PUT",
    )

    run = golden.start("add-pipeline", repository, language="python", requirements="")
    golden.wait_for_run(run)
    merge(golden, page, repository, 1)
    golden.wait_for_pipelines(repository, event="push", count=1)

    golden.wait_for_run(golden.start("add-observability", repository, name=repository))
    merge(golden, page, repository, 2)
    golden.wait_for_pipelines(repository, event="push", count=2)
    files = golden.of_repository(repository, "/contents/observability")
    assert {file["name"] for file in files} == {"alerts.yml", "dashboard.json"}


def merge(golden: Golden, page: Page, repository: str, number: int) -> None:
    """Merge a pull request on the forge's page once its pipeline is green."""
    golden.wait_for_pipelines(repository, event="pull_request", count=number)
    page.goto(f"{golden.portal.forge}/acme/{repository}/pull/{number}")
    page.get_by_role("button", name="Merge pull request").click()
    expect(page.get_by_text("merged", exact=True).first).to_be_visible()
