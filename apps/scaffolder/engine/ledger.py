"""The fenced writes of a run: each one transaction that first proves that the run is ours."""

import json
from datetime import datetime
from typing import Any

from apps.core import audit
from apps.scaffolder.clock import NOW, database_now
from apps.scaffolder.domain import states
from apps.scaffolder.domain.states import RunState, StepState
from apps.scaffolder.engine import crash_points
from apps.scaffolder.engine.journal import Journal, neutral
from apps.scaffolder.engine.lease import Lease
from apps.scaffolder.engine.verdicts import Failure, Pause
from apps.scaffolder.models import Run, RunSecret, RunStep

MAX_OUTPUT_BYTES = 256 * 1024


class Ledger:
    """Writes of one worker's turn at a run, each with the log lines that are waiting."""

    def __init__(self, lease: Lease, journal: Journal) -> None:
        self._lease = lease
        self._journal = journal

    def intend(self, step: RunStep, *, marker: str, input_hash: str, version: int) -> None:
        """
        Record that a step is about to act, before it does.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            moment = database_now()
            states.check_step(step.state, StepState.INTENT)
            self._update(
                step,
                state=StepState.INTENT.value,
                epoch=self._lease.epoch,
                attempts=step.attempts + 1,
                request_marker=marker,
                input_hash=input_hash,
                action_version=version,
                intent_at=step.intent_at or moment,
                started_at=step.started_at or moment,
                reason="",
            )
            self._journal.write(run)

    def done(
        self,
        step: RunStep,
        *,
        output: dict[str, Any],
        digest: str,
        pins: dict[str, str],
        external_id: str,
        external_url: str,
    ) -> None:
        """
        Record what a step made.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            states.check_step(step.state, StepState.DONE)
            self._update(
                step,
                state=StepState.DONE.value,
                output=storable(output),
                workspace_digest=digest,
                pins=pins,
                external_id=(external_id or step.external_id)[:400],
                external_url=(external_url or step.external_url)[:2000],
                ended_at=database_now(),
            )
            Run.objects.filter(pk=run.pk).update(attempts=0)
            self._journal.write(run)
            crash_points.reach(step.n, step.key, "before_commit")

    def skip(self, step: RunStep, *, reason: str) -> None:
        """
        Record that a step does not run.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            states.check_step(step.state, StepState.SKIPPED)
            self._update(
                step, state=StepState.SKIPPED.value, reason=reason, ended_at=database_now()
            )
            self._journal.write(run)

    def fail_step(self, step: RunStep, failure: Failure) -> None:
        """
        Record that a step failed for good; the run goes on to those that ask for failures.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            states.check_step(step.state, StepState.FAILED)
            self._update(
                step,
                state=StepState.FAILED.value,
                reason=neutral(failure.text)[:4000],
                ended_at=database_now(),
            )
            if not run.error_code:
                run.error_code = failure.code[:60]
                run.error_text = neutral(failure.text)[:4000]
                run.error_step = step.key
                run.save(update_fields=["error_code", "error_text", "error_step"])
            self._journal.write(run)

    def wait(self, step: RunStep | None, pause: Pause) -> None:
        """
        Give the run back until it is due again.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            if step is not None and not pause.counts:
                self._update(step, attempts=max(0, step.attempts - 1))
            self._journal.write(run)
            due: datetime = pause.until or database_now() + pause.length
            self._change(
                run,
                RunState.WAITING,
                next_attempt_at=due,
                waiting_reason=neutral(pause.reason)[:500],
            )

    def finish(
        self, state: RunState, *, output: dict[str, Any], failure: Failure | None = None
    ) -> None:
        """
        End the run: its state, its last event and the deletion of its secrets, all at once.

        :raises Fenced: if the run has another owner
        """
        with self._lease.writing() as run:
            fields: dict[str, Any] = {"ended_at": NOW, "output": storable(output)}
            if failure is not None and not run.error_code:
                fields["error_code"] = failure.code[:60]
                fields["error_text"] = neutral(failure.text)[:4000]
            text = {
                RunState.SUCCEEDED: "Run completed.",
                RunState.CANCELLED: "Run cancelled.",
            }.get(state, f"Run failed: {fields.get('error_text') or run.error_text}")
            self._journal.status(
                text,
                type="cancelled" if state == RunState.CANCELLED else "completion",
                status="completed" if state == RunState.SUCCEEDED else state.value,
                level="info" if state == RunState.SUCCEEDED else "error",
            )
            self._journal.write(run)
            RunSecret.objects.filter(run=run).delete()
            self._change(run, state, **fields)

    def _change(self, run: Run, state: RunState, **fields: Any) -> None:
        before = run.state
        states.check_run(before, state)
        Run.objects.filter(pk=run.pk).update(
            state=state.value, lease_until=None, owner="", **fields
        )
        audit.record(
            action=f"scaffolder.run_{state.value}",
            object_kind="run",
            object_id=str(run.pk),
            object_name=run.template_title,
            actor=audit.SYSTEM,
            detail={"state": {"before": before, "after": state.value}},
        )

    def _update(self, step: RunStep, **fields: Any) -> None:
        touched = RunStep.objects.filter(pk=step.pk).update(**fields)
        if touched != 1:
            raise RuntimeError(f"Step {step.pk} is gone.")
        for name, value in fields.items():
            setattr(step, name, value)


def storable(value: Any) -> Any:
    """Return a value that PostgreSQL's jsonb takes, bounded in size."""
    clean = _without_nul(value)
    if len(json.dumps(clean)) > MAX_OUTPUT_BYTES:
        return {"truncated": True, "reason": "The output was larger than 256 kB."}
    return clean


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(str(key)): _without_nul(item) for key, item in value.items()}
    return value
