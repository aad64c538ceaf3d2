"""One step: its condition, its turns, its input, its intent, its action, its record."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.accounts.selectors import actor_for
from apps.scaffolder.actions import Action, ActionFailed, Effect, Result, registry
from apps.scaffolder.domain import secret_refs, validation
from apps.scaffolder.domain.conditions import (
    Iteration,
    is_truthy,
    iterations,
    merged_outputs,
)
from apps.scaffolder.domain.spec import Step
from apps.scaffolder.domain.states import StepState
from apps.scaffolder.domain.workspace import Workspace
from apps.scaffolder.engine import crash_points
from apps.scaffolder.engine.journal import Journal
from apps.scaffolder.engine.lease import Lease
from apps.scaffolder.engine.ledger import Ledger
from apps.scaffolder.engine.secrets import RunSecrets
from apps.scaffolder.engine.step_context import StepContext
from apps.scaffolder.models import Run, RunStep
from apps.scaffolder.rendering import MISSING, Renderer


@dataclass
class RunContext:
    """What expressions may see, growing as steps finish."""

    parameters: dict[str, Any]
    user: dict[str, Any]
    task_id: str
    environment: dict[str, Any]
    secret_refs: dict[str, str]
    outputs: dict[str, Any] = field(default_factory=dict)
    failed: bool = False

    @classmethod
    def of(cls, run: Run) -> "RunContext":
        """Return the context of a run in which no step has finished yet."""
        person = run.requested_by
        environment: dict[str, Any] = settings.SCAFFOLDER_ENVIRONMENT
        return cls(
            parameters=run.params,
            user={
                "ref": person.entity_ref or f"user:default/{person.username}",
                **({"entity": run.user_entity} if run.user_entity else {}),
            },
            task_id=str(run.pk),
            environment={"parameters": environment, "secrets": {}},
            secret_refs=secret_refs.references(run.secret_names),
        )

    def for_output(self) -> dict[str, Any]:
        """Return what `output` and a plain `if` see: no secrets."""
        return {
            "parameters": self.parameters,
            "steps": {key: {"output": output} for key, output in self.outputs.items()},
            "user": self.user,
            "context": {"task": {"id": self.task_id}},
            "environment": self.environment,
        }

    def for_input(self, turn: Iteration | None) -> dict[str, Any]:
        """Return what `each` and `input` see: secrets, as references, and the turn."""
        each = {"each": turn.context} if turn is not None else {}
        return self.for_output() | {"secrets": self.secret_refs} | each


@dataclass
class _Planned:
    turn: Iteration | None
    input: dict[str, Any]


class StepRunner:
    """Runs the steps of one run on one worker; keeps the run's files between them."""

    def __init__(
        self,
        *,
        run: Run,
        lease: Lease,
        ledger: Ledger,
        journal: Journal,
        secrets: RunSecrets,
        renderer: Renderer,
        context: RunContext,
    ) -> None:
        self._run = run
        self._lease = lease
        self._ledger = ledger
        self._journal = journal
        self._secrets = secrets
        self._renderer = renderer
        self._context = context
        self._workspace = Workspace()

    def run_step(self, row: RunStep, step: Step) -> None:
        """
        Run one step and record it.

        :raises UserFacingError: if it cannot be done
        :raises Fenced: if another worker has taken over
        :raises RunCancelled: if somebody asked the run to stop
        """
        if row.state == StepState.TODO and step.each is None and not self._holds(step, None):
            self._skip(row, step, "Its condition does not hold.")
            return
        action = self._action(step)
        planned = self._plan(row, step, action)
        if not planned and step.each is not None and row.state == StepState.TODO:
            self._skip(row, step, "There is nothing to go through.")
            return
        self._journal.status(f"Beginning step {step.name}", step_key=step.key, status="processing")
        crash_points.reach(row.n, row.key, "before_intent")
        self._lease.check()
        self._ledger.intend(
            row,
            marker=marker(self._run, row),
            input_hash=_hash([one.input for one in planned]),
            version=action.version,
        )
        crash_points.reach(row.n, row.key, "after_intent")
        result, pins = self._act(row, step, action, planned)
        crash_points.reach(row.n, row.key, "after_effect")
        self._journal.end_step()
        self._journal.status(f"Finished step {step.name}", step_key=step.key, status="completed")
        self._ledger.done(
            row,
            output=secret_refs.redact_all(result.output, self._secrets.revealed()),
            digest=self._workspace.digest() if action.effect == Effect.FILES else "",
            pins=pins,
            external_id=result.external_id,
            external_url=result.external_url,
        )
        crash_points.reach(row.n, row.key, "after_record")
        self._context.outputs[step.key] = row.output

    def make_again(self, row: RunStep, step: Step) -> None:
        """
        Repeat a finished step that only changes the run's files, and compare the outcome.

        :raises ActionFailed: if the files are not what they were
        """
        action = registry.find(step.action)
        if action is None or action.effect != Effect.FILES:
            return
        planned = self._plan(row, step, action)
        self._act(row, step, action, planned, silent=True)
        if row.workspace_digest and self._workspace.digest() != row.workspace_digest:
            raise ActionFailed(
                f"The files of step {step.name} cannot be made again as they were: their source "
                "has changed since the run began.",
                code="workspace_changed",
                hint="Start a new run with the same values.",
            )

    def _action(self, step: Step) -> Action:
        action = registry.find(step.action)
        if action is None:
            known = ", ".join(sorted(one.key for one in registry))
            raise ActionFailed(
                f"There is no action {step.action!r}.",
                code="unknown_action",
                hint=f"Known actions: {known}.",
                where=f"step {step.key}",
            )
        return action

    def _holds(self, step: Step, turn: Iteration | None) -> bool:
        if step.condition is None:
            return True
        context = self._context.for_output() if turn is None else self._context.for_input(turn)
        value = self._renderer.value(
            step.condition,
            context,
            path=f"step {step.key}, if",
            failed=self._context.failed,
            seed=f"{self._run.pk}:{step.key}:if",
        )
        return value is not MISSING and is_truthy(value)

    def _plan(self, row: RunStep, step: Step, action: Action) -> list[_Planned]:
        turns: list[Iteration | None] = [None]
        if step.each is not None:
            value = self._renderer.value(
                step.each,
                self._context.for_input(None),
                path=f"step {step.key}, each",
                seed=f"{self._run.pk}:{step.key}:each",
            )
            turns = [turn for turn in iterations(value) if self._holds(step, turn)]
        return [_Planned(turn, self._input(row, step, action, turn)) for turn in turns]

    def _input(
        self, row: RunStep, step: Step, action: Action, turn: Iteration | None
    ) -> dict[str, Any]:
        rendered = self._renderer.value(
            step.input,
            self._context.for_input(turn),
            path="input",
            failed=self._context.failed,
            seed=f"{self._run.pk}:{row.n}:{turn.key if turn else ''}",
        )
        secret_refs.check_inputs(rendered, action.secrets, action=action.key)
        wrong = validation.schema_problems(action.input_schema, rendered, f"action {action.key}")
        if wrong:
            listed = "; ".join(
                f"{path or 'the input'}: {' '.join(sentences)}" for path, sentences in wrong.items()
            )
            raise ActionFailed(
                f"The input of {action.key} is wrong. {listed}",
                code="invalid_input",
                where=f"step {step.key}",
            )
        result: dict[str, Any] = rendered
        return result

    def _act(
        self,
        row: RunStep,
        step: Step,
        action: Action,
        planned: list[_Planned],
        *,
        silent: bool = False,
    ) -> tuple[Result, dict[str, str]]:
        pins: dict[str, str] = dict(row.pins)
        results = []
        for number, one in enumerate(planned):
            context = self._step_context(row, step, number, one.turn, pins, silent=silent)
            results.append(action.run(context, one.input))
        if step.each is None:
            return results[0], pins
        made = [result for result in results if result.external_id]
        return Result(
            output=merged_outputs([result.output for result in results]),
            external_id=made[-1].external_id if made else "",
            external_url=made[-1].external_url if made else "",
        ), pins

    def _step_context(
        self,
        row: RunStep,
        step: Step,
        number: int,
        turn: Iteration | None,
        pins: dict[str, str],
        *,
        silent: bool,
    ) -> StepContext:
        suffix = f".{number}" if turn is not None else ""
        intent_at: datetime = row.intent_at or self._run.created_at
        return StepContext(
            run_id=self._run.pk,
            step_id=row.pk,
            step_key=step.key,
            marker=marker(self._run, row) + suffix,
            known_id=row.external_id,
            attempt=max(1, row.attempts),
            intent_at=intent_at,
            created_at=self._run.created_at,
            actor=actor_for(self._run.requested_by),
            template_url=self._run.template_url,
            workspace=self._workspace,
            renderer=self._renderer,
            seed=f"{self._run.pk}:{row.n}{suffix}",
            lease=self._lease,
            journal=self._journal,
            secrets=self._secrets,
            silent=silent,
            pins=pins,
        )

    def _skip(self, row: RunStep, step: Step, reason: str) -> None:
        self._journal.status(f"Skipped {step.name}: {reason}", step_key=step.key, status="skipped")
        self._ledger.skip(row, reason=reason)


def marker(run: Run, row: RunStep) -> str:
    """
    Return what travels inside a creating call: the address of the run's page, with the step.

    It stands in a repository's homepage, so people who look at one find the run that made it.
    """
    return f"{settings.PUBLIC_URL}/runs/{run.pk}#step-{row.n}"


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
