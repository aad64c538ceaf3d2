"""The arithmetic of levels and scores (scorecards.md section 3b)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.scorecards.domain.states import EXECUTED, LADDER, SATISFIED, UNKNOWN, Level, State

# How long a level stands while some of its rules have no data.
HOLD = timedelta(days=7)


@dataclass(frozen=True)
class Graded:
    """One rule's state with what the arithmetic needs to know of the rule."""

    level: Level
    weight: float
    state: State


@dataclass(frozen=True)
class Held:
    """The level that was given last, and since when it has stood without full data, if so."""

    level: Level
    held_since: datetime | None = None


@dataclass(frozen=True)
class Grade:
    """
    Where an entity stands on a scorecard.

    `score` and `coverage` are shares from 0 to 1; None where nothing can be divided. `held_since`
    is set while the level is the last good one because some rules have no data now.
    """

    level: Level
    score: float | None
    coverage: float | None
    held_since: datetime | None = None


def score(results: Iterable[Graded]) -> float | None:
    """Return the weight of the rules that pass over that of those that pass or fail."""
    passed = failed = 0.0
    for result in results:
        if result.state is State.PASS:
            passed += result.weight
        elif result.state is State.FAIL:
            failed += result.weight
    total = passed + failed
    return passed / total if total else None


def coverage(results: Iterable[Graded]) -> float | None:
    """Return the share of the applicable rules that could be executed."""
    executed = unknown = 0
    for result in results:
        executed += result.state in EXECUTED
        unknown += result.state in UNKNOWN
    total = executed + unknown
    return executed / total if total else None


def strict_level(results: Iterable[Graded]) -> Level:
    """
    Return the highest level whose applicable rules, and those of all lower ones, are all satisfied.

    A rule without data does not satisfy. A level needs an executed rule of its own.
    """
    return _climb(list(results), SATISFIED)


def possible_level(results: Iterable[Graded]) -> Level:
    """Return the level if every rule without data were satisfied; never below the strict one."""
    return _climb(list(results), SATISFIED | UNKNOWN)


def _climb(results: list[Graded], satisfied: frozenset[State]) -> Level:
    reached = Level.NONE
    for level in LADDER:
        states = [r.state for r in results if r.level is level]
        applicable = [s for s in states if s is not State.NOT_APPLICABLE]
        if any(state not in satisfied for state in applicable):
            break
        if any(state in EXECUTED or state in satisfied & UNKNOWN for state in applicable):
            reached = level
    return reached


def grade(results: Iterable[Graded], *, last: Held | None, now: datetime) -> Grade:
    """
    Return level, score and coverage.

    Rules without data never take a level away at once: the last level is held for seven days, as
    far as what is known to fail allows; and they never give one.
    """
    rows = list(results)
    strict = strict_level(rows)
    level, held_since = strict, None
    if last is not None and last.level > strict:
        wanted = min(last.level, possible_level(rows))
        since = last.held_since or now
        if wanted > strict and now - since <= HOLD:
            level, held_since = wanted, since
    return Grade(level, score(rows), coverage(rows), held_since)
