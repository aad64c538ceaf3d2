"""What a workflow file says, after parsing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.forge.workflows.expressions import Value
from apps.forge.workflows.problems import Problem
from apps.forge.workflows.triggers import Triggers

Env = Mapping[str, str]


@dataclass(frozen=True)
class RunDefaults:
    """`defaults.run`."""

    shell: str = ""
    working_directory: str = ""


@dataclass(frozen=True)
class Step:
    """One step; `number` counts from 1. Texts may hold expressions."""

    number: int
    line: int
    id: str = ""
    name: str = ""
    condition: str = ""
    run: str | None = None
    uses: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Env = field(default_factory=dict)
    shell: str = ""
    working_directory: str = ""
    timeout_minutes: Value = None
    continue_on_error: Value = False

    @property
    def title(self) -> str:
        """Return the name as GitHub shows it, expressions not yet computed."""
        if self.name:
            return self.name
        if self.uses:
            return f"Run {self.uses}"
        lines = (self.run or "").strip().splitlines()
        return f"Run {lines[0].strip()}" if lines else "Run"


@dataclass(frozen=True)
class Strategy:
    """`strategy`: the matrix as written, and how it runs."""

    matrix: Value = None
    fail_fast: Value = True
    max_parallel: Value = None


@dataclass(frozen=True)
class Job:
    """One job as written; a matrix makes several jobs that run of it."""

    id: str
    line: int
    name: str = ""
    needs: tuple[str, ...] = ()
    condition: str = ""
    runs_on: tuple[str, ...] = ()
    strategy: Strategy | None = None
    env: Env = field(default_factory=dict)
    defaults: RunDefaults = field(default_factory=RunDefaults)
    outputs: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    timeout_minutes: Value = None
    continue_on_error: Value = False
    permissions: Any = None
    #: The reusable workflow that it calls, which the embedded runner cannot.
    uses: str = ""


@dataclass(frozen=True)
class Workflow:
    """A workflow file; `notices` tell what of it the embedded runner leaves out."""

    path: str
    name: str
    run_name: str
    triggers: Triggers
    env: Env
    defaults: RunDefaults
    permissions: Any
    concurrency: Any
    jobs: Mapping[str, Job]
    notices: tuple[Problem, ...] = ()
