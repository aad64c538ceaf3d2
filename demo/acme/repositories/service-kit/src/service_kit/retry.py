"""Calls that may fail: again, later, and not for ever."""

import random
import time


def delays(attempts, *, first=0.1, most=5.0, jitter=random.random):
    """Yield how long to wait before each attempt after the first, in seconds."""
    for attempt in range(attempts - 1):
        yield min(most, first * 2**attempt) * (0.5 + jitter() / 2)


def retry(call, *, attempts=3, errors=(OSError,), sleep=time.sleep):
    """Return what `call` returns; try again after one of `errors`, but not after the last attempt."""
    for delay in [*delays(attempts), None]:
        try:
            return call()
        except errors:
            if delay is None:
                raise
            sleep(delay)
