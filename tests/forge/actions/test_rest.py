"""Actions over REST; every answer is checked against GitHub's description on the way."""

import base64
import io
import zipfile

import pytest
from django.test import Client
from nacl.public import PublicKey, SealedBox

from apps.forge.models import ActionsSecret, WorkflowRun
from apps.forge.services.run_contexts import secrets_of
from tests.forge.actions.conftest import Pushed, drain
from tests.forge.conftest import Api

REPOSITORY = "/repos/acme/checkout"
TWO_JOBS = {
    ".github/workflows/ci.yml": """
    name: CI
    on:
      push:
      workflow_dispatch:
        inputs:
          target: {type: choice, options: [test, live], required: true}
          dry: {type: boolean, default: true}
    jobs:
      good:
        runs-on: ubuntu-latest
        steps:
          - run: echo "target ${{ inputs.target }} dry ${{ inputs.dry }}"
      bad:
        runs-on: ubuntu-latest
        steps:
          - run: |
              mark="$RUNNER_TEMP/../../../once"
              test -e "$mark" || { touch "$mark"; false; }
    """
}


@pytest.fixture
def ended(api: Api, pushed: Pushed) -> WorkflowRun:
    (run,) = pushed.push(TWO_JOBS)
    drain()
    run.refresh_from_db()
    return run


def test_a_run_is_listed_with_its_jobs_and_steps(api: Api, ended: WorkflowRun):
    listed = api.get(f"{REPOSITORY}/actions/runs", branch="main", event="push").json()
    jobs = api.get(f"{REPOSITORY}/actions/runs/{ended.pk}/jobs").json()["jobs"]

    assert listed["total_count"] == 1
    run = listed["workflow_runs"][0]
    assert (run["status"], run["conclusion"], run["run_number"]) == ("completed", "failure", 1)
    assert run["head_commit"]["message"] == "Change files"
    assert [(job["name"], job["conclusion"]) for job in jobs] == [
        ("good", "success"),
        ("bad", "failure"),
    ]
    assert jobs[0]["steps"][0]["name"] == "Set up job"
    assert api.get(f"{REPOSITORY}/actions/jobs/{jobs[0]['id']}").json() == jobs[0]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "completed"}, 1),
        ({"status": "failure"}, 1),
        ({"status": "success"}, 0),
        ({"branch": "other"}, 0),
        ({"event": "pull_request"}, 0),
        ({"actor": "ada"}, 1),
        ({"created": ">=2020-01-01"}, 1),
        ({"created": "2020-01-01..2020-02-01"}, 0),
    ],
)
def test_runs_are_filtered(api: Api, ended: WorkflowRun, query, count):
    assert api.get(f"{REPOSITORY}/actions/runs", **query).json()["total_count"] == count


def test_a_log_is_fetched_through_a_signed_address(api: Api, ended: WorkflowRun):
    job = ended.jobs.get(key="good")
    answer = api.get(f"{REPOSITORY}/actions/jobs/{job.pk}/logs")

    assert answer.status_code == 302
    log = Client().get(answer["Location"])
    assert b"target  dry" in log.content
    assert log["Content-Type"].startswith("text/plain")
    assert Client().get(answer["Location"] + "x").status_code == 404


def test_the_logs_of_a_run_are_a_zip_archive(api: Api, ended: WorkflowRun):
    address = api.get(f"{REPOSITORY}/actions/runs/{ended.pk}/logs")["Location"]

    with zipfile.ZipFile(io.BytesIO(Client().get(address).content)) as archive:
        assert archive.namelist() == ["0_good.txt", "1_bad.txt"]


def test_a_run_is_repeated_with_all_its_jobs(api: Api, ended: WorkflowRun):
    assert api.post(f"{REPOSITORY}/actions/runs/{ended.pk}/rerun").status_code == 201
    drain()

    run = api.get(f"{REPOSITORY}/actions/runs/{ended.pk}").json()
    assert (run["run_attempt"], run["conclusion"]) == (2, "success")
    first = api.get(f"{REPOSITORY}/actions/runs/{ended.pk}/attempts/1").json()
    assert (first["run_attempt"], first["conclusion"]) == (1, "failure")
    every = api.get(f"{REPOSITORY}/actions/runs/{ended.pk}/jobs", filter="all").json()
    assert every["total_count"] == 4


def test_only_the_failed_jobs_are_repeated_on_request(api: Api, ended: WorkflowRun):
    assert api.post(f"{REPOSITORY}/actions/runs/{ended.pk}/rerun-failed-jobs").status_code == 201
    drain()

    ended.refresh_from_db()
    assert (ended.attempt, ended.conclusion) == (2, "success")
    kept = ended.jobs.get(attempt=2, key="good")
    assert kept.completed_at == ended.jobs.get(attempt=1, key="good").completed_at
    assert kept.log_file.exists()


def test_a_run_that_waits_is_cancelled(api: Api, pushed: Pushed):
    (run,) = pushed.push(TWO_JOBS)

    assert api.post(f"{REPOSITORY}/actions/runs/{run.pk}/cancel").status_code == 202
    run.refresh_from_db()
    assert (run.status, run.conclusion) == ("completed", "cancelled")
    assert api.post(f"{REPOSITORY}/actions/runs/{run.pk}/cancel").status_code == 409


def test_a_workflow_is_dispatched_with_its_inputs(api: Api, ended: WorkflowRun):
    address = f"{REPOSITORY}/actions/workflows/ci.yml/dispatches"

    assert api.post(address, {"ref": "main", "inputs": {"target": "live"}}).status_code == 204
    run = WorkflowRun.objects.get(event="workflow_dispatch")
    assert run.inputs == {"target": "live", "dry": True}
    asked = {"ref": "main", "inputs": {"target": "test"}, "return_run_details": True}
    details = api.post(address, asked).json()
    assert WorkflowRun.objects.filter(pk=details["workflow_run_id"]).exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ref": "nowhere", "inputs": {"target": "live"}}, "No ref found for: nowhere"),
        ({"ref": "main"}, "Required input 'target' not provided"),
        ({"ref": "main", "inputs": {"target": "mars"}}, "not in the list of allowed values"),
        (
            {"ref": "main", "inputs": {"target": "live", "x": 1}},
            'Unexpected inputs provided: ["x"]',
        ),
    ],
)
def test_a_wrong_dispatch_is_refused_in_githubs_words(api: Api, ended, body, message):
    answer = api.post(f"{REPOSITORY}/actions/workflows/ci.yml/dispatches", body)

    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_workflows_are_found_by_number_and_by_file(api: Api, ended: WorkflowRun):
    (listed,) = api.get(f"{REPOSITORY}/actions/workflows").json()["workflows"]

    assert (listed["name"], listed["state"]) == ("CI", "active")
    assert api.get(f"{REPOSITORY}/actions/workflows/ci.yml").json() == listed
    assert api.get(f"{REPOSITORY}/actions/workflows/{listed['id']}").json() == listed
    runs = api.get(f"{REPOSITORY}/actions/workflows/ci.yml/runs").json()
    assert runs["total_count"] == 1
    assert api.get(f"{REPOSITORY}/actions/workflows/no.yml").status_code == 404


def test_a_disabled_workflow_does_not_start(api: Api, pushed: Pushed, ended: WorkflowRun):
    assert api.put(f"{REPOSITORY}/actions/workflows/ci.yml/disable").status_code == 204

    assert pushed.push({"README.md": "more"}) == []
    refused = api.post(
        f"{REPOSITORY}/actions/workflows/ci.yml/dispatches",
        {"ref": "main", "inputs": {"target": "live"}},
    )
    assert refused.status_code == 403


def test_a_sealed_secret_is_stored_encrypted_and_never_told(api: Api, pushed: Pushed):
    key = api.get(f"{REPOSITORY}/actions/secrets/public-key").json()
    box = SealedBox(PublicKey(base64.b64decode(key["key"])))
    body = {
        "encrypted_value": base64.b64encode(box.encrypt(b"hunter2")).decode(),
        "key_id": key["key_id"],
    }

    assert api.put(f"{REPOSITORY}/actions/secrets/api_key", body).status_code == 201
    assert api.put(f"{REPOSITORY}/actions/secrets/API_KEY", body).status_code == 204
    assert secrets_of(pushed.repository) == {"API_KEY": "hunter2"}
    assert "hunter2" not in ActionsSecret.objects.get().value
    told = api.get(f"{REPOSITORY}/actions/secrets/API_KEY").json()
    assert set(told) == {"name", "created_at", "updated_at"}
    assert api.get(f"{REPOSITORY}/actions/secrets").json()["total_count"] == 1
    assert api.delete(f"{REPOSITORY}/actions/secrets/API_KEY").status_code == 204
    assert api.get(f"{REPOSITORY}/actions/secrets/API_KEY").status_code == 404


def test_a_secret_for_another_key_or_with_a_wrong_name_is_refused(api: Api, pushed: Pushed):
    key = api.get(f"{REPOSITORY}/actions/secrets/public-key").json()
    box = SealedBox(PublicKey(base64.b64decode(key["key"])))
    sealed = base64.b64encode(box.encrypt(b"x")).decode()
    address = f"{REPOSITORY}/actions/secrets"

    wrong_key = {"encrypted_value": sealed, "key_id": "1"}
    assert api.put(f"{address}/A", wrong_key).status_code == 422
    garbage = {"encrypted_value": "AAAA", "key_id": key["key_id"]}
    assert api.put(f"{address}/A", garbage).status_code == 422
    good = {"encrypted_value": sealed, "key_id": key["key_id"]}
    assert api.put(f"{address}/GITHUB_X", good).status_code == 422


@pytest.mark.parametrize("of", [REPOSITORY, "/orgs/acme"])
def test_variables_are_made_changed_and_removed(api: Api, pushed: Pushed, of):
    address = f"{of}/actions/variables"

    assert api.post(address, {"name": "region", "value": "eu"}).status_code == 201
    assert api.post(address, {"name": "REGION", "value": "us"}).status_code == 409
    assert api.get(f"{address}/REGION").json()["value"] == "eu"
    assert api.patch(f"{address}/REGION", {"value": "us"}).status_code == 204
    assert api.get(address).json()["variables"][0]["value"] == "us"
    assert api.delete(f"{address}/REGION").status_code == 204
    assert api.get(address).json()["total_count"] == 0


def test_permissions_of_workflows_are_read_and_set(api: Api, pushed: Pushed):
    address = f"{REPOSITORY}/actions/permissions"

    assert api.get(f"{address}/workflow").json() == {
        "default_workflow_permissions": "read",
        "can_approve_pull_request_reviews": False,
    }
    body = {"default_workflow_permissions": "write"}
    assert api.put(f"{address}/workflow", body).status_code == 204
    assert api.get(f"{address}/workflow").json()["default_workflow_permissions"] == "write"
    assert api.put(address, {"enabled": False}).status_code == 204
    assert api.get(address).json() == {"enabled": False}
    assert pushed.push(TWO_JOBS) == []


def test_a_person_without_the_right_starts_nothing(pushed: Pushed, ended: WorkflowRun):
    stranger = Api(token="")

    assert stranger.post(f"{REPOSITORY}/actions/runs/{ended.pk}/rerun").status_code == 401
    assert stranger.get(f"{REPOSITORY}/actions/runs").status_code == 200
    assert stranger.get(f"{REPOSITORY}/actions/secrets").status_code in {401, 403, 404}
