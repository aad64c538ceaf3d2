"""The log of a run under flood (F35), and as pages and clients read it."""

import time

import pytest

from apps.scaffolder import selectors
from apps.scaffolder.actions import Action, Effect, Result, registry
from apps.scaffolder.engine import invariants
from apps.scaffolder.engine.journal import MAX_BYTES, MAX_LINES, neutral
from tests.scaffolder import world

pytestmark = pytest.mark.django_db(transaction=True)


def run_that_logs(*texts: str | bytes, times: int = 1, steps: int = 1):
    def shout(context, given):
        for _ in range(times):
            for text in texts:
                context.log(text)
        return Result()

    action = Action("test:shout", "", shout, Effect.NONE, {"type": "object"})
    with registry.temporarily(action):
        return world.run_to_end(world.start([{"action": "test:shout"}] * steps))


def test_a_million_lines_are_cut_and_the_end_is_kept():
    run = run_that_logs("\n".join(f"line {number}" for number in range(10**6)))

    assert run.state == "succeeded"
    assert run.events.count() <= MAX_LINES
    assert run.events.filter(text="line 0").exists()
    assert run.events.filter(text="line 999999").exists()
    assert run.events.filter(text__contains="lines dropped").exists()
    assert invariants.violated() == []
    began = time.process_time()
    selectors.events_after(run, 0)
    selectors.events_before(run, run.last_seq)
    assert time.process_time() - began < 1


def test_many_single_lines_in_many_steps_stay_below_the_caps():
    run = run_that_logs("x" * 1000, times=4000, steps=4)

    assert run.events.count() <= MAX_LINES
    assert run.log_bytes <= MAX_BYTES
    assert run.events.filter(text="Run completed.").exists()
    assert invariants.violated() == []


def test_a_line_of_fifty_megabytes_is_cut():
    run = run_that_logs("y" * (50 << 20))

    longest = max(len(event.text) for event in run.events.all())
    assert longest < 10_000
    assert run.events.filter(text__contains="more)").exists()


def test_control_characters_are_visible_and_do_nothing():
    run = run_that_logs("a\x1b[31mred\x00 \x07 b\u202ec", b"\xff\xfe bad", "over\rwritten")

    text = world.log_of(run)
    assert "a␛[31mred␀ ␇ b�c" in text
    assert "�� bad" in text
    assert "\r" not in text
    assert neutral("\ud800") == "?"
