"""Workflow files: what they say, and every mistake with its line."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.forge.workflows.parsing import parse_workflow
from apps.forge.workflows.problems import WorkflowInvalid

GOOD = """
name: CI
on:
  push: {branches: [main, "release/**"], paths-ignore: ["**.md"]}
  pull_request:
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, high], default: low}
  schedule: [{cron: "0 0 * * *"}]
env: {A: 1, B: true}
defaults: {run: {shell: bash}}
jobs:
  test:
    runs-on: [self-hosted, linux]
    needs: []
    strategy: {matrix: {python: ["3.11", 3.12]}, fail-fast: false}
    steps:
      - uses: actions/checkout@v5
      - id: go
        if: always()
        run: echo ${{ matrix.python }}
        timeout-minutes: 2
  after:
    needs: test
    runs-on: ubuntu-latest
    services: {db: {image: postgres}}
    steps: [{run: "true"}]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(WorkflowInvalid) as raised:
        parse_workflow(dedent(text), "ci.yml")
    return [str(problem) for problem in raised.value.problems]


def test_a_file_is_read_with_all_its_parts():
    workflow = parse_workflow(GOOD, "ci.yml")

    assert workflow.name == "CI"
    assert workflow.env == {"A": "1", "B": "true"}
    assert workflow.triggers.push.branches.only == ("main", "release/**")
    assert workflow.triggers.dispatch.inputs["level"].options == ("low", "high")
    test = workflow.jobs["test"]
    assert test.strategy.matrix == {"python": ["3.11", 3.12]}
    assert [step.title for step in test.steps] == [
        "Run actions/checkout@v5",
        "Run echo ${{ matrix.python }}",
    ]
    assert workflow.jobs["after"].needs == ("test",)


def test_what_the_runner_leaves_out_is_noticed_with_its_line():
    noticed = {(notice.field, notice.line) for notice in parse_workflow(GOOD, "ci.yml").notices}

    assert noticed == {("on.schedule", 9), ("jobs.after.services", 26)}


@pytest.mark.parametrize("on", ["push", "[push]", "{push: }", "\n  push:\n    branches: [main]"])
def test_on_is_a_key_and_not_a_boolean(on):
    text = f"on: {on}\njobs: {{a: {{runs-on: x, steps: [{{run: 'true'}}]}}}}\n"

    assert parse_workflow(text, "ci.yml").triggers.push is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "ci.yml:1: The file is empty."),
        ("a: [", "ci.yml:1: This is not YAML"),
        ("- 1", "must be a mapping"),
        ("on: push\njobs: {}", "ci.yml:2: jobs: A workflow needs at least one job."),
        ("jobs: {a: {runs-on: x, steps: [{run: x}]}}", "`on` must name at least one event"),
        ("on: pusch\njobs: {a: {runs-on: x, steps: [{run: x}]}}", "no event 'pusch'"),
        ("on: push\non: push\njobs: {}", "ci.yml:2: on: The key 'on' is given twice."),
        (
            "on: push\njobs:\n  a:\n    runs_on: x\n    steps: [{run: x}]",
            "ci.yml:4: jobs.a.runs_on: Unknown key 'runs_on'. Was 'runs-on' meant?",
        ),
        ("on: push\njobs: {a: {runs-on: x}}", "A job needs a list of `steps`."),
        ("on: push\njobs: {a: {runs-on: x, steps: [{name: x}]}}", "either `run` or `uses`"),
        (
            "on: push\njobs: {a: {runs-on: x, needs: b, steps: [{run: x}]}}",
            "jobs.a.needs: There is no job 'b'.",
        ),
        (
            "on: push\njobs:\n  a: {runs-on: x, needs: b, steps: [{run: x}]}\n"
            "  b: {runs-on: x, needs: a, steps: [{run: x}]}",
            "ci.yml:3: jobs.a.needs: The jobs wait for one another: a → b → a.",
        ),
        (
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ githb.ref }}",
            "ci.yml:6: jobs.a.steps[0].run: There is no context 'githb'.",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, timeout-minutes: -1, steps: [{run: x}]}}",
            "must be a number above 0",
        ),
        (
            "on: {push: {branches: [a], branches-ignore: [b]}}\n"
            "jobs: {a: {runs-on: x, steps: [{run: x}]}}",
            "not both",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, strategy: {matrix: {v: []}}, steps: [{run: x}]}}",
            "has no values",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{id: s, run: x}, {id: S, run: x}]}}",
            "used twice",
        ),
        ("on: push\npermissions: all\njobs: {}", "read-all, write-all or a mapping"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_field(text, problem):
    assert any(problem in told for told in problems(text))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    told = problems(
        """
        on: push
        jobs:
          a:
            stepps: []
            steps: [{run: x, uses: y@1}]
        """
    )

    lines = [int(problem.split(":")[1]) for problem in told]
    assert len(told) == 3
    assert lines == sorted(lines)


def test_a_bomb_of_aliases_is_refused_quickly():
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))

    assert "more than 20000 values" in problems(f"l0: &l0 [x]\n{levels}\n")[0]


def test_a_file_that_is_nested_too_deep_is_refused():
    assert problems("a: " + "[" * 3000 + "]" * 3000)


def test_a_file_that_is_too_large_is_refused():
    assert "larger than" in problems("a: " + "x" * 600_000)[0]


@given(st.text(alphabet="onpush:jbs{}[]-\n &*a!'\"#|>%@$1.", max_size=80))
def test_any_text_is_a_workflow_or_refused_with_a_line(text):
    told = ()
    try:
        parse_workflow(text, "ci.yml")
    except WorkflowInvalid as invalid:
        told = invalid.problems
    assert all(problem.line >= 1 and problem.message for problem in told)
