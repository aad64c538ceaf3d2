"""The budget, the order of writes, and what counts as a request for silence."""

import itertools
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.db import connection
from django.utils import timezone

from apps.integrations.github import conditional, errors, manners
from apps.integrations.models import BudgetEntry, CachedResponse, Installation

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "a1" * 32


def asked(headers, *, status=403, message="", strikes=0):
    found = manners.asked_pause(headers, status=status, message=message, strikes=strikes, now=NOW)
    return found and ((found[0] - NOW).total_seconds(), found[1])


class TestAskedPause:
    def test_retry_after_comes_first(self):
        headers = {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}

        assert asked(headers) == (7, False)
        assert asked({"retry-after": "7"}) == (7, True)

    def test_a_date_is_a_time_to_wait_for_too(self):
        assert asked({"retry-after": format_datetime(NOW + timedelta(seconds=90))}) == (90, True)

    def test_the_reset_is_measured_by_the_servers_clock(self):
        server = NOW + timedelta(hours=1)
        reset = int(server.timestamp()) + 120
        headers = {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(reset),
            "date": format_datetime(server, usegmt=True),
        }

        assert asked(headers, status=429) == (120, False)

    @pytest.mark.parametrize(
        ("strikes", "seconds"), [(0, 60), (1, 120), (2, 240), (6, 3600), (60, 3600)]
    )
    def test_without_a_time_it_doubles_up_to_an_hour(self, strikes, seconds):
        assert asked({}, status=429, strikes=strikes) == (seconds, True)

    def test_nothing_asks_for_more_than_an_hour(self):
        assert asked({"retry-after": "999999999"}) == (3600, True)
        assert asked({"retry-after": "nonsense"}) == (60, True)

    def test_other_refusals_are_no_pause(self):
        assert asked({}, message="Resource not accessible") is None
        assert asked({"x-ratelimit-remaining": "0"}, status=404) is None


@pytest.mark.django_db
class TestBudget:
    def polite(self, **changes):
        given = {"key": KEY, "host": "GitHub", "limited": True, "spacing": 0.0} | changes
        return manners.Manners(**given)

    def spend(self, count, *, ago=0.0):
        at = timezone.now() - timedelta(seconds=ago)
        BudgetEntry.objects.bulk_create(BudgetEntry(installation=KEY, at=at) for _ in range(count))

    def test_a_write_is_counted(self):
        with self.polite().writing():
            pass

        state = manners.budget(KEY)
        assert (state.minute_left, state.hour_left) == (49, 449)

    def test_the_fiftieth_in_a_minute_is_the_last(self):
        self.spend(49, ago=30)
        with self.polite().writing():
            pass

        with pytest.raises(errors.RateLimited) as caught, self.polite().writing():
            raise AssertionError("must not be reached")

        assert 28 <= (caught.value.retry_at - timezone.now()).total_seconds() <= 30

    def test_an_hour_has_450(self):
        self.spend(450, ago=1800)

        with pytest.raises(errors.RateLimited) as caught, self.polite().writing():
            raise AssertionError("must not be reached")

        assert 1795 <= (caught.value.retry_at - timezone.now()).total_seconds() <= 1800

    def test_old_entries_are_removed(self):
        self.spend(10, ago=3700)
        with self.polite().writing():
            pass

        assert BudgetEntry.objects.count() == 1

    def test_the_embedded_forge_has_no_budget(self, django_assert_num_queries):
        with django_assert_num_queries(0), self.polite(limited=False).writing():
            pass


@pytest.mark.django_db(transaction=True)
def test_writes_of_several_workers_go_one_at_a_time_and_apart():
    polite = manners.Manners(key=KEY, host="GitHub", limited=True, spacing=0.2)
    spans = []

    def write():
        with polite.writing():
            begun = time.monotonic()
            time.sleep(0.05)
            spans.append((begun, time.monotonic()))
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    spans.sort()
    for (_, ended), (begun, _) in itertools.pairwise(spans):
        assert begun - ended >= 0.19
    assert len(spans) == 4
    assert Installation.objects.count() == 1


@pytest.mark.django_db
def test_only_the_newest_answers_are_remembered(monkeypatch):
    monkeypatch.setattr(conditional, "MAX_ROWS", 3)
    for number in range(5):
        conditional.remember(str(number), etag='"e"', link="", body="{}")
    conditional.remember("large", etag='"e"', link="", body="x" * (conditional.MAX_BODY + 1))
    conditional.remember("without", etag="", link="", body="{}")

    assert conditional.forget_old() == 2
    keys = set(CachedResponse.objects.values_list("key", flat=True))
    assert keys == {"2", "3", "4"}
