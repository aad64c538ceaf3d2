"""Runs of workflows: real pushes into real repositories, real processes."""

from apps.forge.models import CheckRun
from tests.forge.actions.conftest import log_of


def test_a_push_runs_the_tests_of_a_python_service(run_workflow):
    run = run_workflow(
        """
        name: CI
        on: [push]
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5
              - uses: actions/setup-python@v6
                with: {python-version: "3.x"}
              - run: python -m unittest -v
        """,
        test_sum__py="""
        import unittest
        class Sums(unittest.TestCase):
            def test_it_adds(self):
                self.assertEqual(1 + 1, 2)
        """,
    )

    job = run.jobs.get()
    assert (run.status, run.conclusion) == ("completed", "success"), log_of(job)
    assert "test_it_adds" in log_of(job)
    assert [step["conclusion"] for step in job.steps] == ["success"] * 5
    check = CheckRun.objects.get()
    assert (check.head_sha, check.status, check.conclusion) == (
        run.head_sha,
        "completed",
        "success",
    )
