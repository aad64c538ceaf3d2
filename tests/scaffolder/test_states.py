"""The state machine: every walk keeps its promises."""

import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.scaffolder.domain import states
from apps.scaffolder.domain.states import IllegalTransition, RunState, StepState

STEPS = 4


class RunMachine(RuleBasedStateMachine):
    """A run with steps, driven by workers that crash, people who cancel, and forges that fail."""

    def __init__(self) -> None:
        super().__init__()
        self.run = RunState.QUEUED
        self.steps = [StepState.TODO] * STEPS
        self.epoch = 0
        self.history = [self.run]

    def go(self, after: RunState) -> None:
        states.check_run(self.run, after)
        self.run = after
        self.history.append(after)

    def step_to(self, number: int, after: StepState) -> None:
        states.check_step(self.steps[number], after)
        self.steps[number] = after

    @property
    def next_step(self) -> int | None:
        open_steps = (n for n, s in enumerate(self.steps) if s not in states.FINISHED_STEP)
        return next(open_steps, None)

    @rule()
    @precondition(lambda self: self.run in {RunState.QUEUED, RunState.WAITING, RunState.RUNNING})
    def claim(self) -> None:
        self.go(RunState.RUNNING)
        self.epoch += 1

    @rule()
    @precondition(lambda self: self.run == RunState.RUNNING and self.next_step is not None)
    def intend(self) -> None:
        self.step_to(self.next_step, StepState.INTENT)

    @rule()
    @precondition(
        lambda self: (
            self.run == RunState.RUNNING
            and self.next_step is not None
            and self.steps[self.next_step] == StepState.INTENT
        )
    )
    def record(self) -> None:
        self.step_to(self.next_step, StepState.DONE)

    @rule()
    @precondition(
        lambda self: (
            self.run == RunState.RUNNING
            and self.next_step is not None
            and self.steps[self.next_step] == StepState.TODO
        )
    )
    def skip(self) -> None:
        self.step_to(self.next_step, StepState.SKIPPED)

    @rule()
    @precondition(lambda self: self.run == RunState.RUNNING)
    def wait(self) -> None:
        self.go(RunState.WAITING)

    @rule()
    @precondition(lambda self: self.run == RunState.RUNNING and self.next_step is not None)
    def fail(self) -> None:
        self.step_to(self.next_step, StepState.FAILED)
        self.go(RunState.FAILED)

    @rule()
    @precondition(lambda self: self.run == RunState.RUNNING and self.next_step is None)
    def succeed(self) -> None:
        self.go(RunState.SUCCEEDED)

    @rule()
    @precondition(lambda self: self.run in states.ACTIVE)
    def cancel(self) -> None:
        self.go(RunState.CANCELLED)

    @rule(intended=st.booleans())
    @precondition(lambda self: self.run in {RunState.FAILED, RunState.CANCELLED})
    def resume(self, intended: bool) -> None:
        self.go(RunState.QUEUED)
        for number, state in enumerate(self.steps):
            if state == StepState.FAILED:
                self.step_to(number, StepState.INTENT if intended else StepState.TODO)

    @rule(after=st.sampled_from(list(RunState)))
    @precondition(lambda self: self.run == RunState.SUCCEEDED)
    def leave_a_success(self, after: RunState) -> None:
        with pytest.raises(IllegalTransition):
            self.go(after)

    @invariant()
    def a_success_has_every_step_finished(self) -> None:
        if self.run == RunState.SUCCEEDED:
            assert all(step in states.FINISHED_STEP for step in self.steps)

    @invariant()
    def a_success_is_the_end(self) -> None:
        assert RunState.SUCCEEDED not in self.history[:-1]

    @invariant()
    def what_is_done_precedes_what_is_not(self) -> None:
        finished = [step in states.FINISHED_STEP for step in self.steps]
        assert finished == sorted(finished, reverse=True)


RunMachine.TestCase.settings = profile(max_examples=60, stateful_step_count=40, deadline=None)
TestEveryWalk = RunMachine.TestCase


@pytest.mark.parametrize("after", list(RunState))
def test_nothing_follows_a_success(after):
    with pytest.raises(IllegalTransition):
        states.check_run(RunState.SUCCEEDED, after)


@pytest.mark.parametrize("after", list(StepState))
def test_nothing_follows_a_done_step(after):
    with pytest.raises(IllegalTransition):
        states.check_step(StepState.DONE, after)
