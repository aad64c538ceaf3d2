"""One worker's turn at one run: authorise, make its files again, go on where it stopped."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import DatabaseError

from apps.accounts.permissions import Permission, Target, decide
from apps.accounts.selectors import actor_for
from apps.core.errors import UserFacingError
from apps.scaffolder import rendering
from apps.scaffolder.domain import output as run_output
from apps.scaffolder.domain import secret_refs
from apps.scaffolder.domain.conditions import asks_for_status
from apps.scaffolder.domain.spec import Step, TemplateSpec, parse_template
from apps.scaffolder.domain.states import FINISHED_STEP, RunState, StepState
from apps.scaffolder.engine.journal import Journal
from apps.scaffolder.engine.lease import Fenced, Lease, RunCancelled, kept_alive
from apps.scaffolder.engine.ledger import Ledger
from apps.scaffolder.engine.secrets import RunSecrets
from apps.scaffolder.engine.steps import RunContext, StepRunner
from apps.scaffolder.engine.verdicts import MAX_ATTEMPTS, Failure, Pause, verdict
from apps.scaffolder.models import Run, RunStep

logger = logging.getLogger(__name__)


class _Paused(Exception):
    """The run has been given back until it is due again."""


def execute(lease: Lease) -> None:
    """
    Work on a claimed run until it ends, waits, or is lost.

    What goes wrong in the run is the run's; only a database that does not answer is raised, and
    then the lease runs out and somebody claims the run again.

    :raises django.db.DatabaseError: if the database does not answer
    """
    run = Run.objects.select_related("requested_by").get(pk=lease.run_id)
    try:
        with kept_alive(lease), rendering.session(check=lease.check) as renderer:
            _Turn(lease, run, renderer).take()
    except Fenced as fenced:
        # Somebody else has the run: nothing more may be written, not even this.
        logger.warning("%s", fenced)
    except rendering.RenderingUnavailable as error:
        logger.error("%s", error)
        _give_back(lease, run, str(error))


def _give_back(lease: Lease, run: Run, reason: str) -> None:
    journal = Journal(lease, run, secrets=list)
    with suppress(Fenced):
        Ledger(lease, journal).wait(None, Pause(reason=reason, seconds=30))


class _Turn:
    """The state of one worker's turn."""

    def __init__(self, lease: Lease, run: Run, renderer: rendering.Renderer) -> None:
        self._lease = lease
        self._run = run
        self._secrets = RunSecrets(run.pk)
        self._journal = Journal(lease, run, secrets=self._secrets.revealed)
        self._ledger = Ledger(lease, self._journal)
        self._renderer = renderer

    def take(self) -> None:
        """Go through the steps; see `execute`."""
        if self._lease.taken_over:
            self._journal.status(
                "Another worker has taken over this run.", type="recovered", level="warning"
            )
        try:
            spec = parse_template(self._run.template)
            refusal = self._refusal(spec)
            if refusal is not None:
                self._ledger.finish(RunState.FAILED, output={}, failure=refusal)
                return
            context = RunContext.of(self._run)
            self._go_through(spec, context)
        except RunCancelled:
            self._ledger.finish(RunState.CANCELLED, output={})
        except _Paused:
            return
        except (Fenced, DatabaseError):
            raise
        except UserFacingError as error:
            # Outside any step: the template or its output.
            failed = verdict(error, attempt=MAX_ATTEMPTS)
            failure = failed if isinstance(failed, Failure) else Failure("failed", str(error))
            self._ledger.finish(RunState.FAILED, output={}, failure=failure)

    def _refusal(self, spec: TemplateSpec) -> Failure | None:
        """Ask again whether the requester may do this, with the rights they have now."""
        if self._run.attempts > MAX_ATTEMPTS:
            return Failure(
                "attempts_spent",
                "Its worker died again and again at this step; see the server's log.",
            )
        target = Target(
            kind="template",
            name=self._run.template_ref,
            allowed_roles=frozenset(spec.allowed_roles),
        )
        decision = decide(actor_for(self._run.requested_by), Permission.TEMPLATE_RUN, target)
        if decision.allowed:
            return None
        return Failure("forbidden", decision.reason or "The requester may not run this any more.")

    def _go_through(self, spec: TemplateSpec, context: RunContext) -> None:
        rows = {row.n: row for row in self._run.steps.order_by("n")}
        runner = StepRunner(
            run=self._run,
            lease=self._lease,
            ledger=self._ledger,
            journal=self._journal,
            secrets=self._secrets,
            renderer=self._renderer,
            context=context,
        )
        for number, step in enumerate(spec.steps, start=1):
            self._one(runner, rows[number], step, context)
        self._finish(spec, context)

    def _one(self, runner: StepRunner, row: RunStep, step: Step, context: RunContext) -> None:
        if row.state in FINISHED_STEP:
            if row.state == StepState.DONE:
                self._guarded(runner.make_again, row, step, context)
                context.outputs[step.key] = row.output
            return
        if row.state == StepState.FAILED:
            context.failed = True
            return
        if context.failed and not asks_for_status(step.condition):
            self._skip(row, step, "An earlier step failed.")
            return
        self._lease.check()
        self._guarded(runner.run_step, row, step, context)

    def _guarded(self, work: Any, row: RunStep, step: Step, context: RunContext) -> None:
        """Do one step's work; turn what goes wrong into a pause or a failure of the step."""
        try:
            work(row, step)
        except (Fenced, RunCancelled, DatabaseError):
            raise
        except Exception as error:
            # Recorded with its reason: in the run for people, in the server's log if unforeseen.
            judged = self._redacted(verdict(error, attempt=row.attempts))
            if isinstance(judged, Pause):
                self._journal.end_step()
                self._journal.status(
                    f"Waiting: {judged.reason}", step_key=step.key, level="warning"
                )
                self._ledger.wait(row if row.state == StepState.INTENT else None, judged)
                raise _Paused from error
            self._fail(row, step, judged, context)

    def _redacted(self, judged: Failure | Pause) -> Failure | Pause:
        """An error's text may quote what was sent, a secret too."""
        secrets = self._secrets.revealed()
        if isinstance(judged, Pause):
            return replace(judged, reason=secret_refs.redact(judged.reason, secrets))
        return replace(judged, text=secret_refs.redact(judged.text, secrets))

    def _fail(self, row: RunStep, step: Step, failure: Failure, context: RunContext) -> None:
        context.failed = True
        self._journal.end_step()
        self._journal.status(failure.text, step_key=step.key, status="failed", level="error")
        if row.state == StepState.DONE:
            # Its files cannot be made again as they were; the run cannot go on.
            self._ledger.finish(RunState.FAILED, output={}, failure=failure)
            raise _Paused
        self._ledger.fail_step(row, failure)

    def _skip(self, row: RunStep, step: Step, reason: str) -> None:
        self._journal.status(f"Skipped {step.name}: {reason}", step_key=step.key, status="skipped")
        self._ledger.skip(row, reason=reason)

    def _finish(self, spec: TemplateSpec, context: RunContext) -> None:
        if context.failed:
            self._ledger.finish(RunState.FAILED, output={})
            return
        rendered = self._renderer.value(
            spec.output, context.for_output(), path="output", seed=f"{self._run.pk}:output"
        )
        self._ledger.finish(RunState.SUCCEEDED, output=run_output.finished(rendered))
