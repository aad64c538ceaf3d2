"""
How the portal behaves towards a forge: silence when asked, a budget, one write at a time.

All of it is kept in PostgreSQL, so that every worker shares it (reliability.md 3.5). The budget and
the spacing apply to GitHub; the embedded forge asks for neither.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from apps.integrations.github import errors
from apps.integrations.models import BudgetEntry, Installation

WRITES_PER_MINUTE = 50
WRITES_PER_HOUR = 450
LEAST_PAUSE = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(hours=1)
# How long a caller waits for the writes of others before it is told to come back.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class BudgetState:
    """What is left for changes; `free_at` is when the next one is allowed."""

    minute_left: int
    hour_left: int
    free_at: datetime


def asked_pause(
    headers: Mapping[str, str], *, status: int, message: str, strikes: int, now: datetime
) -> tuple[datetime, bool] | None:
    """
    Return until when an answer asks for silence and whether the limit is a secondary one, or None.

    The order is GitHub's: `retry-after`, then `x-ratelimit-reset` when nothing remains (measured
    from the server's Date, not from our clock), then a minute, doubled at each further strike.
    """
    if status not in {403, 429}:
        return None
    text = message.lower()
    spent = headers.get("x-ratelimit-remaining") == "0"
    primary = spent or "api rate limit exceeded" in text
    if "retry-after" in headers:
        return now + _retry_after(headers["retry-after"], now=now), not primary
    if spent and headers.get("x-ratelimit-reset", "").isdigit():
        server_now = _server_time(headers) or now
        left = int(headers["x-ratelimit-reset"]) - server_now.timestamp()
        return now + min(timedelta(seconds=max(left, 1.0)), LONGEST_PAUSE), False
    if status == 429 or primary or "rate limit" in text or "abuse" in text:
        return now + min(LEAST_PAUSE * 2 ** min(strikes, 6), LONGEST_PAUSE), not primary
    return None


def _retry_after(text: str, *, now: datetime) -> timedelta:
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except ValueError:
            seconds = LEAST_PAUSE.total_seconds()
    return min(timedelta(seconds=max(seconds, 1.0)), LONGEST_PAUSE)


def _server_time(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return None


class Manners:
    """
    The manners of one installation.

    `limited` turns the budget on; `spacing` is the least time between two writes, in seconds, and
    0 lets writes run side by side.
    """

    def __init__(self, *, key: str, host: str, limited: bool, spacing: float) -> None:
        self.key = key
        self.host = host
        self.limited = limited
        self.spacing = spacing
        self._struck = False

    def check_silence(self) -> None:
        """
        Return if calls are allowed now.

        :raises RateLimited: if the forge has asked for silence that is not over
        """
        row = Installation.objects.filter(key=self.key).first()
        self._struck = row is not None and row.strikes > 0
        if row and row.paused_until and row.paused_until > timezone.now():
            raise errors.RateLimited(
                f"{self.host} has asked for fewer calls.",
                retry_at=row.paused_until,
                secondary=row.pause_reason == "secondary",
            )

    def note_pause(self, headers: Mapping[str, str], *, status: int, message: str) -> None:
        """
        Remember a pause for every worker, and stop this call with it.

        :raises RateLimited: if the answer asks for a pause
        """
        row = Installation.objects.filter(key=self.key).first()
        strikes = row.strikes if row else 0
        now = timezone.now()
        asked = asked_pause(headers, status=status, message=message, strikes=strikes, now=now)
        if asked is None:
            return
        until, secondary = asked
        Installation.objects.update_or_create(
            key=self.key,
            defaults={
                "paused_until": until,
                "pause_reason": "secondary" if secondary else "primary",
                "strikes": strikes + 1,
            },
        )
        raise errors.RateLimited(
            f"{self.host} has asked for fewer calls.", retry_at=until, secondary=secondary
        )

    def note_success(self, *, changing: bool) -> None:
        """
        Forget earlier strikes: the forge answers again.

        Secondary limits are about changes, so reading says nothing about them.
        """
        if not self._struck:
            return
        struck = Installation.objects.filter(key=self.key, strikes__gt=0)
        if not changing:
            struck = struck.filter(pause_reason="primary")
        struck.update(strikes=0)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Hold the right to one changing call: alone, spaced, and within the budget.

        :raises RateLimited: if the budget is spent
        :raises Unavailable: if other writes take longer than a minute
        """
        if self.spacing <= 0 and not self.limited:
            yield
            return
        number = int(self.key[:15], 16)
        self._lock(number)
        try:
            self._spend()
            yield
        finally:
            Installation.objects.filter(key=self.key).update(last_write_at=timezone.now())
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])

    def _lock(self, number: int) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
                if cursor.fetchone()[0]:
                    return
            if time.monotonic() > end:
                raise errors.Unavailable(f"Other changes on {self.host} are under way.")
            time.sleep(0.05)

    def _spend(self) -> None:
        row, _ = Installation.objects.get_or_create(key=self.key)
        if row.last_write_at:
            since = (timezone.now() - row.last_write_at).total_seconds()
            time.sleep(min(max(self.spacing - since, 0.0), self.spacing))
        if not self.limited:
            return
        state = budget(self.key)
        now = timezone.now()
        if state.free_at > now:
            raise errors.RateLimited(
                f"The portal has used its share of changes on {self.host}.",
                retry_at=state.free_at,
                secondary=True,
            )
        BudgetEntry.objects.create(installation=self.key, at=now)
        BudgetEntry.objects.filter(installation=self.key, at__lt=now - timedelta(hours=1)).delete()


def budget(key: str) -> BudgetState:
    """Return what is left of an installation's budget; for the time a queue still needs."""
    now = timezone.now()
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    counts = BudgetEntry.objects.filter(installation=key, at__gt=now - hour).aggregate(
        hour=Count("id"),
        oldest=Min("at"),
        minute=Count("id", filter=Q(at__gt=now - minute)),
        oldest_of_minute=Min("at", filter=Q(at__gt=now - minute)),
    )
    free_at = now
    if counts["minute"] >= WRITES_PER_MINUTE:
        free_at = max(free_at, counts["oldest_of_minute"] + minute)
    if counts["hour"] >= WRITES_PER_HOUR:
        free_at = max(free_at, counts["oldest"] + hour)
    return BudgetState(
        minute_left=max(WRITES_PER_MINUTE - counts["minute"], 0),
        hour_left=max(WRITES_PER_HOUR - counts["hour"], 0),
        free_at=free_at,
    )


def is_limited() -> bool:
    """Tell whether the configured forge is one with GitHub's limits on changes."""
    return settings.GITHUB_WRITE_SPACING_SECONDS > 0
