"""The promises of Retry."""

import random

import pytest

from ${{ values.package }} import Retry


def test_there_is_one_wait_less_than_attempts():
    assert len(list(Retry(attempts=5).waits())) == 4
    assert list(Retry(attempts=1).waits()) == []


def test_waits_double_up_to_the_longest():
    class Whole(random.Random):
        def uniform(self, a, b):
            return b

    waits = list(Retry(attempts=6, first=1, longest=5, draw=Whole()).waits())
    assert waits == [1, 2, 4, 5, 5]


@pytest.mark.parametrize("seed", range(20))
def test_every_wait_is_between_half_and_the_whole(seed):
    wholes = [0.2, 0.4, 0.8, 1.6]
    waits = list(Retry(draw=random.Random(seed)).waits())
    assert all(whole / 2 <= wait <= whole for wait, whole in zip(waits, wholes, strict=True))


def test_callers_do_not_all_come_back_at_the_same_moment():
    first = {next(Retry(draw=random.Random(seed)).waits()) for seed in range(10)}
    assert len(first) == 10


@pytest.mark.parametrize("numbers", [{"attempts": 0}, {"first": 0}, {"first": 9, "longest": 1}])
def test_numbers_that_make_no_sense_are_refused(numbers):
    with pytest.raises(ValueError):
        Retry(**numbers)
