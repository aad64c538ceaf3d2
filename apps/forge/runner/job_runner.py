"""One job from its first step to its last."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from apps.forge.runner.assignment import Assignment, Reporter, Result, StepRecord
from apps.forge.runner.builtin_actions import run_action
from apps.forge.runner.console import Console
from apps.forge.runner.environment import base_environment, search_path
from apps.forge.runner.failures import StepFailed, StepSkipped
from apps.forge.runner.job_log import JobLog
from apps.forge.runner.run_step import run_script
from apps.forge.runner.state import JobState
from apps.forge.runner.toolchains import ToolMissing, install_python
from apps.forge.runner.workspace import MAX_SUMMARY_BYTES, Workspace
from apps.forge.workflows.definition import Step
from apps.forge.workflows.expressions import (
    ExpressionError,
    Value,
    condition_holds,
    interpolate,
    is_truthy,
    resolve,
    to_text,
)
from apps.forge.workflows.expressions.values import to_number
from apps.forge.workflows.masking import Masker


def run_job(assignment: Assignment, reporter: Reporter) -> Result:
    """Run a job and return how it ended; its log is complete then, its folders are gone."""
    masker = Masker([*assignment.secrets.values(), assignment.token])
    limits = assignment.limits
    log = JobLog(
        assignment.log_file,
        masker=masker,
        most_bytes=limits.log_bytes,
        line_bytes=limits.line_bytes,
    )
    name = assignment.repository_name.rpartition("/")[2]
    workspace = Workspace.create(assignment.workspace, name=name)
    try:
        return _JobRunner(assignment, reporter, Console(log, masker), log, workspace).run()
    finally:
        log.close()
        workspace.remove()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _JobRunner:
    def __init__(
        self,
        assignment: Assignment,
        reporter: Reporter,
        console: Console,
        log: JobLog,
        workspace: Workspace,
    ) -> None:
        self._assignment = assignment
        self._reporter = reporter
        self._console = console
        self._log = log
        self._deadline = time.monotonic() + assignment.limits.job_seconds
        self._timed_out = False
        self._state = JobState(
            assignment=assignment,
            workspace=workspace,
            console=console,
            base_environment=base_environment(home=workspace.home, cache=assignment.cache),
            path=search_path(),
        )
        steps = assignment.job.steps
        self._records = [
            StepRecord("Set up job", 1),
            *(StepRecord(step.title[:255], number) for number, step in enumerate(steps, start=2)),
            StepRecord("Complete job", len(steps) + 2),
        ]

    def run(self) -> Result:
        state = self._state
        self._begin(self._records[0])
        try:
            self._set_up()
        except (ExpressionError, ToolMissing, OSError) as error:
            self._console.annotate("error", f"The job could not be set up: {error}")
            state.status = "failure"
        self._end(self._records[0], "success" if state.status == "success" else "failure")
        for step, record in zip(self._assignment.job.steps, self._records[1:-1], strict=True):
            self._step(step, record)
        self._begin(self._records[-1])
        outputs = self._outputs()
        self._console.say(f"Job {self._assignment.name!r} ended: {state.status}")
        self._end(self._records[-1], "success")
        return Result(
            conclusion=state.status,
            outputs=outputs,
            annotations=self._console.annotations,
            summary="\n".join(state.summary)[:MAX_SUMMARY_BYTES],
        )

    # --- the job ---

    def _set_up(self) -> None:
        assignment, state, console = self._assignment, self._state, self._console
        console.say("Runner: the embedded runner of Callboard's forge, on this machine")
        console.say(f"Labels asked for: {', '.join(assignment.job.runs_on) or 'none'}")
        for notice in assignment.workflow.notices:
            if not notice.field.startswith("jobs.") or notice.field.startswith(
                f"jobs.{assignment.job.id}."
            ):
                console.annotate("notice", str(notice))
        python = state.workspace.tools / "python"
        tool = install_python(python, cache=assignment.cache)
        state.path.insert(0, str(tool.folder))
        event = state.workspace.temporary / "event.json"
        event.write_text(json.dumps(assignment.event))
        for env in (assignment.workflow.env, assignment.job.env):
            for name, value in env.items():
                state.environment[name] = interpolate(value, state.expressions())
        minutes = to_number(resolve(assignment.job.timeout_minutes, state.expressions()))
        if minutes > 0:
            self._deadline = min(self._deadline, time.monotonic() + minutes * 60)

    def _outputs(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, template in self._assignment.job.outputs.items():
            try:
                found[name] = interpolate(template, self._state.expressions())
            except ExpressionError as error:
                self._console.annotate("error", f"jobs.{self._assignment.job.id}.outputs: {error}")
        return found

    # --- one step ---

    def _step(self, step: Step, record: StepRecord) -> None:
        state = self._state
        self._console.begin(record.number)
        if step.id:
            state.steps[step.id] = {"outputs": {}, "outcome": "", "conclusion": ""}
        if not self._timed_out and not self._reporter.goes_on():
            state.status = "cancelled"
        self._begin(record)
        self._console.set_output = lambda name, value: self._set_output(step, name, value)
        outcome = self._outcome(step, record)
        conclusion = outcome
        if outcome == "failure" and self._continues(step):
            conclusion = "success"
        elif outcome in {"failure", "cancelled"} and state.status == "success":
            state.status = outcome
        if step.id:
            state.steps[step.id].update(outcome=outcome, conclusion=conclusion)
        self._end(record, conclusion)

    def _outcome(self, step: Step, record: StepRecord) -> str:
        state, console = self._state, self._console
        try:
            environment = self._environment(step)
            seen = state.expressions(environment)
            if not condition_holds(step.condition, seen):
                return "skipped"
            if step.name:
                record.name = interpolate(step.name, seen)[:255]
                self._reporter.steps_changed(self._records)
            if step.uses:
                console.say(f"##[group]Run {step.uses}")
                inputs = {key: interpolate(text, seen) for key, text in step.inputs.items()}
                for key, text in inputs.items():
                    console.say(f"  {key}: {text[:500]}")
                console.say("##[endgroup]")
                outputs = run_action(step.uses, inputs, state)
                if step.id:
                    state.steps[step.id]["outputs"].update(outputs)
                return "success"
            return self._run(step, environment)
        except StepSkipped as skipped:
            console.annotate("warning", str(skipped))
            return "skipped"
        except (StepFailed, ExpressionError) as failure:
            console.annotate("error", str(failure))
            return "failure"

    def _run(self, step: Step, environment: Mapping[str, str]) -> str:
        limits = self._assignment.limits
        seconds = limits.step_seconds
        minutes = to_number(resolve(step.timeout_minutes, self._state.expressions(environment)))
        if minutes > 0:
            seconds = minutes * 60
        left = max(self._deadline - time.monotonic(), 0.1)
        outcome = run_script(
            self._state,
            step,
            environment=environment,
            seconds=min(seconds, left),
            goes_on=self._goes_on,
        )
        if outcome.cancelled:
            self._console.annotate("error", outcome.problem or "The step was cancelled.")
            return "cancelled"
        if time.monotonic() >= self._deadline and not self._timed_out:
            self._timed_out = True
            self._console.annotate("error", "The job has reached its time limit.")
            self._state.status = "cancelled"
            return "cancelled"
        if outcome.succeeded:
            return "success"
        self._console.annotate(
            "error", outcome.problem or f"Process completed with exit code {outcome.status}."
        )
        return "failure"

    def _goes_on(self) -> bool:
        self._log.flush()
        return self._state.status == "cancelled" or self._reporter.goes_on()

    def _environment(self, step: Step) -> dict[str, str]:
        environment = dict(self._state.environment)
        for name, template in step.env.items():
            environment[name] = interpolate(template, self._state.expressions(environment))
        return environment

    def _continues(self, step: Step) -> bool:
        value: Value = step.continue_on_error
        try:
            return is_truthy(resolve(value, self._state.expressions()))
        except ExpressionError as error:
            self._console.annotate("error", f"continue-on-error: {error}")
            return False

    def _set_output(self, step: Step, name: str, value: str) -> None:
        if step.id and name:
            self._state.steps[step.id]["outputs"][name] = to_text(value)

    # --- records ---

    def _begin(self, record: StepRecord) -> None:
        self._console.begin(record.number)
        record.status, record.started_at = "in_progress", _now()
        record.from_line = self._log.lines
        self._reporter.steps_changed(self._records)

    def _end(self, record: StepRecord, conclusion: str) -> None:
        self._log.settle()
        record.status, record.conclusion, record.completed_at = "completed", conclusion, _now()
        record.to_line = self._log.lines
        self._reporter.steps_changed(self._records)
