"""What hooks hear of runs and jobs, in GitHub's own form."""

from apps.forge.models import CheckRun, Hook, HookDelivery
from tests.forge.actions.conftest import Pushed, drain
from tests.forge.openapi import contract

WORKFLOW = {
    ".github/workflows/ci.yml": """
    name: CI
    on: push
    jobs:
      test:
        runs-on: ubuntu-latest
        steps:
          - run: echo "::error file=app.py,line=3::It is broken"; exit 1
    """
}


def test_hooks_hear_of_each_state_of_a_run_and_its_jobs(pushed: Pushed):
    Hook.objects.create(
        repository=pushed.repository,
        url="http://portal.example/hook",
        events=["workflow_run", "workflow_job"],
    )
    pushed.push(WORKFLOW)
    drain()

    sent = HookDelivery.objects.order_by("pk")
    assert [(delivery.event, delivery.action) for delivery in sent] == [
        ("workflow_run", "requested"),
        ("workflow_job", "queued"),
        ("workflow_job", "in_progress"),
        ("workflow_run", "in_progress"),
        ("workflow_job", "completed"),
        ("workflow_run", "completed"),
    ]
    for delivery in sent:
        assert contract().event_problems(delivery.event, delivery.payload) == []
    assert sent.last().payload["workflow_run"]["conclusion"] == "failure"


def test_a_job_is_a_check_of_the_commit_with_its_annotations(pushed: Pushed):
    (run,) = pushed.push(WORKFLOW)
    check = CheckRun.objects.get(head_sha=run.head_sha)
    assert (check.name, check.status, check.app_slug) == ("test", "queued", "github-actions")

    drain()
    check.refresh_from_db()
    assert (check.status, check.conclusion) == ("completed", "failure")
    said = [(note["path"], note["start_line"], note["message"]) for note in check.annotations]
    assert ("app.py", 3, "It is broken") in said
