"""Runs as their pages show them: what is done, what is now, how long, what was made."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts.permissions import Actor
from apps.core.errors import UserFacingError
from apps.integrations import selectors as integrations
from apps.scaffolder import markdown, offers, selectors
from apps.scaffolder.domain.form_fields import token_of
from apps.scaffolder.domain.form_values import MASK
from apps.scaffolder.domain.schema_form import build_form
from apps.scaffolder.domain.spec import parse_template
from apps.scaffolder.domain.states import TERMINAL, RunState, StepState
from apps.scaffolder.models import Run, RunEvent, RunStep
from apps.scaffolder.run_results import Made, awaits_pipeline, made_by, repository_of

_DOTS = {
    RunState.QUEUED: ("idle", "Queued"),
    RunState.RUNNING: ("run", "Running"),
    RunState.WAITING: ("warn", "Waiting"),
    RunState.SUCCEEDED: ("ok", "Succeeded"),
    RunState.FAILED: ("bad", "Failed"),
    RunState.CANCELLED: ("idle", "Cancelled"),
}
_MARKS = {
    StepState.TODO: "todo",
    StepState.INTENT: "now",
    StepState.DONE: "ok",
    StepState.SKIPPED: "na",
    StepState.FAILED: "bad",
}


@dataclass(frozen=True)
class RunLine:
    """A run in a list; others than its people see the golden path's name only."""

    run: Run
    may_read: bool

    @property
    def subject(self) -> str:
        return subject_of(self.run) if self.may_read else self.run.template_title

    @property
    def dot(self) -> str:
        return _DOTS[RunState(self.run.state)][0]

    @property
    def state_label(self) -> str:
        return _DOTS[RunState(self.run.state)][1]

    @property
    def seconds(self) -> float | None:
        return _between(self.run.started_at or self.run.created_at, self.run.ended_at)


@dataclass(frozen=True)
class StepLine:
    """A step with its mark and how long it took, or takes so far."""

    step: RunStep
    is_current: bool
    seconds: float | None
    is_failed: bool

    @property
    def mark(self) -> str:
        return _MARKS[StepState(self.step.state)]


@dataclass(frozen=True)
class LogLine:
    """One line of the log, `seconds` after the run was asked for."""

    seconds: float
    level: str
    text: str


@dataclass(frozen=True)
class RunView:
    """Everything on the page of a run."""

    run: Run
    may_read: bool
    may_control: bool
    steps: list[StepLine]
    usual_seconds: float | None
    now: datetime
    made: list[Made] = field(default_factory=list)
    texts: tuple[tuple[str, str], ...] = ()
    leftovers: list[selectors.Leftover] = field(default_factory=list)
    awaits_pipeline: bool = False

    @property
    def line(self) -> RunLine:
        return RunLine(self.run, self.may_read)

    @property
    def is_over(self) -> bool:
        return self.run.state in TERMINAL

    @property
    def is_stopping(self) -> bool:
        return not self.is_over and self.run.cancel_requested_at is not None

    @property
    def keeps_changing(self) -> bool:
        """Whether the page should ask again."""
        return not self.is_over or self.awaits_pipeline

    @property
    def seconds(self) -> float:
        return _between(self.run.created_at, self.run.ended_at or self.now) or 0.0

    @property
    def position(self) -> int:
        """The number of the step that runs, or 0."""
        return next((each.step.n for each in self.steps if each.is_current), 0)

    @property
    def failed_step(self) -> StepLine | None:
        return next((each for each in self.steps if each.is_failed), None)

    @property
    def can_resume(self) -> bool:
        return self.may_control and self.run.state in {RunState.FAILED, RunState.CANCELLED}

    @property
    def can_cancel(self) -> bool:
        return self.may_control and not self.is_over and not self.is_stopping

    @property
    def is_failed(self) -> bool:
        return self.run.state == RunState.FAILED

    @property
    def failure_title(self) -> str:
        if not self.is_failed:
            return "The run was cancelled"
        failed = self.failed_step
        return f"“{failed.step.name}” failed" if failed else "The run failed"

    @property
    def markdown_texts(self) -> list[tuple[str, SafeString]]:
        return [(title, markdown.render(content)) for title, content in self.texts]

    @property
    def values(self) -> list[tuple[str, str]]:
        """What was asked for, as text; what the form masks is masked here too."""
        masked = _masked_names(self.run)
        return [
            (name, MASK if name in masked else token_of(value))
            for name, value in self.run.params.items()
        ]

    @property
    def template_url(self) -> str:
        _, _, rest = self.run.template_ref.partition(":")
        return f"/create/{rest}"


def lines_of(actor: Actor, runs: list[Run]) -> list[RunLine]:
    """Return runs for a list."""
    return [RunLine(run, selectors.may_read_detail(actor, run)) for run in runs]


def view_of(actor: Actor, run: Run) -> RunView:
    """Return a run for its page; what the person may not see is not in it."""
    now = timezone.now()
    may_read = selectors.may_read_detail(actor, run)
    statistics = offers.statistics_of([run.template_ref]).get(run.template_ref, offers.NO_RUNS)
    steps = selectors.steps_of(run)
    common: dict[str, Any] = {
        "run": run,
        "may_read": may_read,
        "may_control": selectors.may_control(actor, run),
        "steps": _step_lines(run, steps, now),
        "usual_seconds": statistics.median_seconds,
        "now": now,
    }
    if not may_read:
        return RunView(**common)
    results = selectors.results(run)
    repository = repository_of(steps)
    pipelines = integrations.pipelines(repository, limit=3) if repository else []
    return RunView(
        **common,
        made=made_by(actor, results, repository, pipelines),
        texts=results.texts,
        leftovers=selectors.leftovers(run),
        awaits_pipeline=bool(repository) and awaits_pipeline(run, repository, pipelines, now),
    )


def log_lines(run: Run, events: list[RunEvent]) -> list[LogLine]:
    """Return events as lines of the log."""
    return [
        LogLine(
            seconds=_between(run.created_at, event.at) or 0.0, level=event.level, text=event.text
        )
        for event in events
        if event.text
    ]


def subject_of(run: Run) -> str:
    """Return what the run is about: the name that was given, else the golden path."""
    for key in ("name", "component_id", "componentName", "repoName", "title"):
        value = run.params.get(key)
        if isinstance(value, str) and value:
            return value[:100]
    for value in run.params.values():
        if isinstance(value, str) and "repo=" in value:
            return value.rpartition("repo=")[2].partition("&")[0][:100]
    return run.template_title


def _step_lines(run: Run, steps: list[RunStep], now: datetime) -> list[StepLine]:
    return [
        StepLine(
            step=step,
            is_current=step.state == StepState.INTENT and run.state not in TERMINAL,
            seconds=_between(step.started_at, step.ended_at or now)
            if step.state != StepState.TODO
            else None,
            is_failed=step.state == StepState.FAILED,
        )
        for step in steps
    ]


def _masked_names(run: Run) -> set[str]:
    """Return the names of the answers that the form never shows again."""
    try:
        pages = parse_template(run.template).pages
        forms = [build_form(page.schema, run.params) for page in pages]
    except UserFacingError:
        # A template that cannot be read any more: hide everything rather than guess.
        return set(run.params)
    return {each.name for form in forms for each in form.walk() if each.is_masked}


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
