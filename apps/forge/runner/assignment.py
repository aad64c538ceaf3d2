"""What a job needs to run, and whom it tells about its progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from apps.forge.runner.limits import Limits
from apps.forge.workflows.definition import Job, Workflow
from apps.forge.workflows.expressions import Value

MAX_ANNOTATIONS = 50


@dataclass(frozen=True)
class Assignment:
    """One job with everything from outside; the runner asks nobody for more."""

    workflow: Workflow
    job: Job
    name: str
    combination: Mapping[str, Value]
    index: int
    total: int
    #: The contexts that stay the same: github, needs, inputs, vars, secrets, strategy, matrix.
    contexts: Mapping[str, Value]
    secrets: Mapping[str, str]
    #: The bare repository, its address, and the commit.
    repository_folder: Path
    repository_name: str
    clone_url: str
    sha: str
    ref: str
    token: str
    #: GITHUB_* variables.
    variables: Mapping[str, str]
    event: Mapping[str, Any]
    workspace: Path
    cache: Path
    log_file: Path
    limits: Limits = field(default_factory=Limits)


@dataclass
class StepRecord:
    """How a step stands; `from_line` and `to_line` are its part of the log."""

    name: str
    number: int
    status: str = "queued"
    conclusion: str = ""
    started_at: str = ""
    completed_at: str = ""
    from_line: int = 0
    to_line: int = 0


@dataclass(frozen=True)
class Annotation:
    """A message of a step about a place in the repository."""

    level: str
    message: str
    title: str = ""
    path: str = ""
    start_line: int = 1
    end_line: int = 1
    step: int = 0

    def as_github(self) -> dict[str, Any]:
        """Return it in the form of check runs."""
        return {
            "path": self.path or ".github",
            "start_line": self.start_line,
            "end_line": self.end_line,
            "start_column": None,
            "end_column": None,
            "annotation_level": self.level,
            "title": self.title,
            "message": self.message,
            "raw_details": None,
            "blob_href": "",
        }


@dataclass(frozen=True)
class Result:
    """How a job ended."""

    conclusion: str
    outputs: Mapping[str, str]
    annotations: Sequence[Annotation]
    summary: str


class Reporter(Protocol):
    """Hears how a job goes on."""

    def steps_changed(self, steps: Sequence[StepRecord]) -> None:
        """Take note of the state of the steps."""

    def goes_on(self) -> bool:
        """Tell whether the job may go on: it is not cancelled and still ours."""
