"""What a workflow file means, seen in runs of real processes."""

from itertools import pairwise

from django.db.models import F

from apps.core.secrets import encrypt
from apps.forge.models import ActionsSecret, PullRequest, RepositoryEvent, WorkflowJob
from apps.forge.services.actions_secrets import public_key
from apps.forge.services.run_contexts import SECRET_CONTEXT
from apps.forge.tasks.pushes import start_workflows
from tests.forge.actions.conftest import Pushed, drain, log_of


def conclusions(run) -> dict[str, str]:
    return dict(run.jobs.order_by("pk").values_list("name", "conclusion"))


def test_a_matrix_makes_a_job_of_each_combination(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            strategy:
              matrix: {os: [a, b], exclude: [{os: b}], include: [{os: c, extra: x}]}
            steps:
              - run: echo "$OS ${{ matrix.extra }} ${{ strategy.job-total }}"
                env: {OS: "${{ matrix.os }}"}
        """
    )

    assert conclusions(run) == {"test (a)": "success", "test (c, x)": "success"}
    assert "c x 2" in log_of(run.jobs.get(index=1))


def test_a_matrix_may_come_from_an_earlier_job(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          plan:
            runs-on: ubuntu-latest
            outputs: {list: "${{ steps.p.outputs.list }}"}
            steps: [{id: p, run: 'echo "list=[1, 2, 3]" >> $GITHUB_OUTPUT'}]
          go:
            needs: plan
            runs-on: ubuntu-latest
            strategy: {matrix: {n: "${{ fromJSON(needs.plan.outputs.list) }}"}, max-parallel: 1}
            steps: [{run: "true"}]
        """
    )

    assert sorted(conclusions(run)) == ["go (1)", "go (2)", "go (3)", "plan"]
    starts = run.jobs.filter(key="go").order_by("pk").values_list("started_at", "completed_at")
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(starts))


def test_the_first_failure_cancels_the_rest_of_its_matrix(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            strategy: {matrix: {n: [1, 2, 3]}, max-parallel: 1}
            steps: [{run: "test ${{ matrix.n }} = 3"}]
        """
    )

    assert conclusions(run) == {
        "test (1)": "failure",
        "test (2)": "cancelled",
        "test (3)": "cancelled",
    }
    assert run.conclusion == "failure"


def test_a_failure_skips_what_needs_it_but_not_what_asks_for_it(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          a: {runs-on: x, steps: [{run: "false"}]}
          b: {runs-on: x, needs: a, steps: [{run: "true"}]}
          c: {runs-on: x, needs: b, if: always(), steps: [{run: "echo ${{ needs.b.result }}"}]}
          d: {runs-on: x, needs: a, if: failure(), steps: [{run: "true"}]}
          e: {runs-on: x, continue-on-error: true, steps: [{run: "false"}]}
          f: {runs-on: x, needs: e, steps: [{run: "true"}]}
        """
    )

    assert conclusions(run) == {
        "a": "failure",
        "e": "failure",
        "b": "skipped",
        "d": "success",
        "c": "success",
        "f": "success",
    }
    assert "\n" in log_of(run.jobs.get(key="c"))
    assert " skipped" in log_of(run.jobs.get(key="c"))


def test_steps_hand_on_environment_path_and_outputs(run_workflow):
    run = run_workflow(
        """
        on: push
        env: {A: workflow, B: workflow, C: workflow}
        jobs:
          test:
            runs-on: ubuntu-latest
            env: {B: job, C: job}
            steps:
              - run: |
                  mkdir tool && printf '#!/bin/sh\\necho tool-ran' > tool/mine && chmod +x tool/mine
                  echo "$PWD/tool" >> $GITHUB_PATH
                  echo "D=kept" >> $GITHUB_ENV
                  echo "# Good" >> $GITHUB_STEP_SUMMARY
              - run: mine; echo "$A $B $C $D ${{ env.C }}"
                env: {C: step}
              - shell: python
                run: print("python", 6 * 7)
              - shell: sh
                working-directory: tool
                run: basename "$PWD"
        """
    )
    log = log_of(run.jobs.get())

    assert run.conclusion == "success", log
    assert " tool-ran\n" in log
    assert " workflow job step kept step\n" in log
    assert " python 42\n" in log
    assert " tool\n" in log
    assert run.jobs.get().summary == "# Good\n"


def test_conditions_of_steps_look_at_what_came_before(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - {id: soft, run: exit 3, continue-on-error: true}
              - {run: "echo ${{ steps.soft.outcome }}-${{ steps.soft.conclusion }}"}
              - {run: exit 4}
              - {run: echo never}
              - {if: failure(), run: echo after}
              - {if: always(), run: echo last}
        """
    )
    job = run.jobs.get()

    assert [step["conclusion"] for step in job.steps] == [
        *("success", "success", "success", "failure", "skipped", "success", "success", "success")
    ]
    assert "failure-success" in log_of(job)
    assert "echo never" not in log_of(job)


def test_what_the_runner_cannot_do_is_skipped_with_a_notice(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          test:
            runs-on: windows-latest
            steps:
              - uses: docker/build-push-action@v6
              - uses: ./.github/actions/local
              - uses: actions/cache@v4
              - run: "true"
          called:
            uses: acme/shared/.github/workflows/ci.yml@main
        """
    )
    job = run.jobs.get(key="test")
    said = " ".join(note["message"] for note in job.annotations)

    assert run.conclusion == "success"
    assert [step["conclusion"] for step in job.steps[1:4]] == ["skipped"] * 3
    for skipped in ("docker/build-push-action@v6", "./.github/actions/local", "actions/cache@v4"):
        assert f"Skipped: {skipped}" in said
        assert f"Skipped: {skipped}" in log_of(job)
    assert "windows-latest is not at hand" in said
    called = run.jobs.get(key="called")
    assert called.conclusion == "skipped"
    assert "reusable workflows are not supported" in called.annotations[0]["message"]


def test_a_version_that_the_machine_lacks_is_noticed(run_workflow):
    run = run_workflow(
        """
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/setup-python@v6
                with: {python-version: "2.7"}
              - uses: actions/setup-node@0123456789012345678901234567890123456789
                with: {node-version: 8}
              - run: node --version && npm --version && python -c 'import sys; print(sys.prefix)'
        """
    )
    said = " ".join(note["message"] for note in run.jobs.get().annotations)

    assert run.conclusion == "success", log_of(run.jobs.get())
    assert "Python 2.7 is not on this machine" in said
    assert "Node 8 is not on this machine" in said


def test_a_file_that_cannot_be_read_makes_a_failed_run_that_says_why(pushed: Pushed):
    (run,) = pushed.push({".github/workflows/bad.yml": "on: push\njobs:\n  a: {stepz: []}\n"})

    assert (run.status, run.conclusion, run.name) == (
        "completed",
        "failure",
        ".github/workflows/bad.yml",
    )
    assert (run.problems[0]["line"], run.problems[0]["field"]) == (3, "jobs.a.stepz")


def test_secrets_reach_steps_and_never_the_log(pushed: Pushed):
    ActionsSecret.objects.create(
        organization=pushed.repository.owner,
        name="API_KEY",
        value=encrypt("hunter2-secret", context=SECRET_CONTEXT),
    )
    assert public_key()
    (run,) = pushed.push(
        {
            ".github/workflows/ci.yml": """
            on: push
            jobs:
              test:
                runs-on: ubuntu-latest
                env: {KEY: "${{ secrets.API_KEY }}"}
                steps:
                  - run: |
                      echo "key: $KEY"; test "$KEY" = "hunter2"-secret
                      echo "::add-mask::lateword"; echo "now lateword"
                      echo "token: ${{ secrets.GITHUB_TOKEN }}"
                      echo "::error::with hunter2-secret"
            """
        }
    )
    drain()
    run.refresh_from_db()
    job = run.jobs.get()
    log = log_of(job)

    assert run.conclusion == "success", log
    assert "key: ***" in log
    assert "now ***" in log
    assert "hunter2-secret" not in log
    assert "token: ***" in log
    assert "hunter2-secret" not in str(job.annotations)


def test_one_workflow_of_a_concurrency_group_runs_at_a_time(pushed: Pushed):
    text = """
    on: push
    concurrency: {group: "deploy-${{ github.ref }}"}
    jobs: {a: {runs-on: x, steps: [{run: "true"}]}}
    """
    (first,) = pushed.push({".github/workflows/ci.yml": text})
    (second,) = pushed.push({"README.md": "2"})
    (third,) = pushed.push({"README.md": "3"})

    second.refresh_from_db()
    assert (second.conclusion, third.status) == ("cancelled", "pending")
    drain()
    third.refresh_from_db()
    first.refresh_from_db()
    assert (first.conclusion, third.status) == ("success", "queued")


def test_a_commit_can_ask_for_no_workflow(pushed: Pushed):
    text = "on: push\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"

    assert pushed.push({".github/workflows/ci.yml": text}, message="Write docs [skip ci]") == []


def test_filters_look_at_the_branch_and_the_files_of_a_push(pushed: Pushed):
    text = """
    on: {push: {branches: [main], paths: ["src/**"]}}
    jobs: {a: {runs-on: x, steps: [{run: "true"}]}}
    """
    pushed.push({".github/workflows/ci.yml": text, "src/a": "1"})

    assert pushed.push({"README.md": "more"}) == []
    assert len(pushed.push({"src/a": "2"})) == 1
    assert pushed.push({"src/a": "3"}, ref="refs/heads/other") == []


def test_a_pull_request_starts_its_workflows_on_its_head(pushed: Pushed):
    text = """
    on: {pull_request: {branches: [main]}}
    jobs: {a: {runs-on: x, steps: [{run: 'echo "$GITHUB_HEAD_REF into $GITHUB_BASE_REF"'}]}}
    """
    pushed.push({".github/workflows/ci.yml": text})
    pushed.push({"a": "1"}, ref="refs/heads/feature")
    head = pushed.git.branches()["feature"]
    pull = PullRequest.objects.create(
        repository=pushed.repository,
        number=1,
        title="A feature",
        author=pushed.sender,
        head_branch="feature",
        head_sha=head,
        base_branch="main",
        base_sha=pushed.tip,
    )
    for action in ("opened", "labeled"):
        event = RepositoryEvent.objects.create(
            repository=pushed.repository,
            sender=pushed.sender,
            event=RepositoryEvent.PULL_REQUEST,
            details={"number": pull.number, "action": action},
        )
        start_workflows(event_id=event.pk)
    drain()

    job = WorkflowJob.objects.annotate(sha=F("run__head_sha")).get()
    assert (job.sha, job.conclusion, job.run.pull_request) == (head, "success", pull)
    assert "feature into main" in log_of(job)
