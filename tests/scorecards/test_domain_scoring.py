from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.scorecards.domain.scoring import (
    HOLD,
    Graded,
    Held,
    coverage,
    grade,
    possible_level,
    score,
    strict_level,
)
from apps.scorecards.domain.states import LADDER, UNKNOWN, Level, State

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
graded = st.builds(
    Graded,
    level=st.sampled_from(LADDER),
    weight=st.sampled_from([1.0, 2.0, 3.0]),
    state=st.sampled_from(list(State)),
)
rows = st.lists(graded, max_size=14)


def one(level: Level, state: State, weight: float = 1.0) -> Graded:
    return Graded(level, weight, state)


BRONZE, SILVER, GOLD = LADDER


class TestScore:
    def test_weighs_passes_against_passes_and_failures_only(self):
        results = [
            one(BRONZE, State.PASS, 3),
            one(BRONZE, State.FAIL, 1),
            one(BRONZE, State.WARN, 100),
            one(BRONZE, State.NO_DATA, 100),
            one(BRONZE, State.EXEMPT, 100),
        ]
        assert score(results) == 0.75

    def test_is_unknown_where_nothing_passed_or_failed(self):
        assert score([one(BRONZE, State.NOT_APPLICABLE), one(BRONZE, State.ERROR)]) is None

    @given(rows, st.sampled_from(sorted(UNKNOWN)))
    def test_never_falls_because_of_a_rule_without_data(self, results, state):
        assert score([*results, one(BRONZE, state, 3)]) == score(results)

    @given(rows)
    def test_lies_between_nothing_and_everything(self, results):
        value = score(results)
        assert value is None or 0 <= value <= 1


class TestCoverage:
    def test_is_the_share_of_applicable_rules_that_were_executed(self):
        results = [
            one(BRONZE, State.PASS),
            one(BRONZE, State.FAIL),
            one(BRONZE, State.WARN),
            one(BRONZE, State.STALE),
            one(BRONZE, State.NOT_APPLICABLE),
            one(BRONZE, State.EXEMPT),
        ]
        assert coverage(results) == 0.75


class TestLevel:
    def test_needs_every_lower_level_too(self):
        results = [one(BRONZE, State.FAIL), one(SILVER, State.PASS), one(GOLD, State.PASS)]
        assert strict_level(results) is Level.NONE

    def test_is_the_highest_whose_rules_pass_warn_or_are_exempt(self):
        results = [
            one(BRONZE, State.PASS),
            one(BRONZE, State.NOT_APPLICABLE),
            one(SILVER, State.WARN),
            one(SILVER, State.EXEMPT),
            one(GOLD, State.FAIL),
        ]
        assert strict_level(results) is SILVER

    def test_needs_an_executed_rule(self):
        results = [one(BRONZE, State.NOT_APPLICABLE), one(BRONZE, State.EXEMPT)]
        assert strict_level(results) is Level.NONE

    def test_is_not_given_for_rules_that_do_not_apply(self):
        results = [one(BRONZE, State.PASS), one(SILVER, State.NOT_APPLICABLE)]
        assert strict_level(results) is BRONZE

    def test_may_be_gold_where_no_silver_rule_applies(self):
        results = [
            one(BRONZE, State.PASS),
            one(SILVER, State.NOT_APPLICABLE),
            one(GOLD, State.PASS),
        ]
        assert strict_level(results) is GOLD

    @given(rows)
    def test_has_no_failure_at_it_or_below(self, results):
        level = strict_level(results)
        assert not [r for r in results if r.level <= level and r.state is State.FAIL]

    @given(rows)
    def test_is_never_above_what_is_possible(self, results):
        assert strict_level(results) <= possible_level(results)

    @given(rows, st.data())
    def test_never_falls_when_a_failure_is_mended(self, results, data):
        failing = [i for i, r in enumerate(results) if r.state is State.FAIL]
        if not failing:
            return
        mended = list(results)
        index = data.draw(st.sampled_from(failing))
        mended[index] = Graded(results[index].level, results[index].weight, State.PASS)
        assert strict_level(mended) >= strict_level(results)


class TestHolding:
    passing = [one(BRONZE, State.PASS), one(SILVER, State.PASS)]
    blind = [one(BRONZE, State.PASS), one(SILVER, State.NO_DATA)]

    def test_a_lost_fact_does_not_cost_the_level_within_seven_days(self):
        first = grade(self.blind, last=Held(SILVER), now=NOW)
        later = grade(self.blind, last=Held(SILVER, first.held_since), now=NOW + HOLD)
        assert (first.level, first.held_since) == (SILVER, NOW)
        assert later.level is SILVER

    def test_the_level_is_let_go_after_seven_days(self):
        after = NOW + HOLD + timedelta(seconds=1)
        assert grade(self.blind, last=Held(SILVER, NOW), now=after).level is BRONZE

    def test_a_known_failure_costs_the_level_at_once(self):
        results = [one(BRONZE, State.FAIL), one(SILVER, State.NO_DATA)]
        assert grade(results, last=Held(SILVER), now=NOW).level is Level.NONE

    def test_a_lost_fact_never_gives_a_level(self):
        assert grade(self.blind, last=Held(BRONZE), now=NOW).level is BRONZE

    def test_the_hold_ends_when_the_data_is_back(self):
        assert grade(self.passing, last=Held(SILVER, NOW), now=NOW).held_since is None

    @given(rows, st.sampled_from(list(Level)), st.sampled_from(sorted(UNKNOWN)))
    def test_losing_data_never_lowers_a_level_that_was_earned(self, results, level, state):
        earned = grade(results, last=None, now=NOW).level
        blind = [r if r.state is not State.PASS else one(r.level, state) for r in results]
        assert grade(blind, last=Held(earned), now=NOW).level == earned
