"""Sessions: how long somebody stays signed in."""

from datetime import timedelta

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)


def is_valid(begun, seen, now):
    """Tell whether a session may go on: not idle for long, and not older than a day's work."""
    return now - seen <= IDLE and now - begun <= LONGEST
