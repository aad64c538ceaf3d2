"""
The states of a run and of a step, and which may follow which (reliability.md 3.3).

Undoing (compensating) is not built yet; its states join here when it is.
"""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where a step is; INTENT is written before the first outside call."""

    TODO = "todo"
    INTENT = "intent"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


TERMINAL = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED})
ACTIVE = frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING})
FINISHED_STEP = frozenset({StepState.DONE, StepState.SKIPPED})

_NEXT: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    # RUNNING to RUNNING is a claim of a run whose owner let the lease run out.
    RunState.RUNNING: frozenset(
        {
            RunState.RUNNING,
            RunState.WAITING,
            RunState.SUCCEEDED,
            RunState.FAILED,
            RunState.CANCELLED,
        }
    ),
    RunState.WAITING: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset({RunState.QUEUED}),
    RunState.CANCELLED: frozenset({RunState.QUEUED}),
}
_NEXT_STEP: dict[StepState, frozenset[StepState]] = {
    StepState.TODO: frozenset({StepState.INTENT, StepState.SKIPPED, StepState.FAILED}),
    # INTENT to INTENT is the next attempt after an unknown outcome.
    StepState.INTENT: frozenset(
        {StepState.INTENT, StepState.DONE, StepState.FAILED, StepState.TODO}
    ),
    StepState.DONE: frozenset(),
    # A step that was skipped because an earlier one failed runs after the resume.
    StepState.SKIPPED: frozenset({StepState.TODO}),
    StepState.FAILED: frozenset({StepState.TODO, StepState.INTENT}),
}


class IllegalTransition(Exception):
    """A run or step was asked to go where the state machine has no way."""


def check_run(before: str, after: str) -> None:
    """
    Return if a run may go from `before` to `after`.

    :raises IllegalTransition: otherwise
    """
    if RunState(after) not in _NEXT[RunState(before)]:
        raise IllegalTransition(f"A run that is {before} cannot become {after}.")


def check_step(before: str, after: str) -> None:
    """
    Return if a step may go from `before` to `after`.

    :raises IllegalTransition: otherwise
    """
    if StepState(after) not in _NEXT_STEP[StepState(before)]:
        raise IllegalTransition(f"A step that is {before} cannot become {after}.")
