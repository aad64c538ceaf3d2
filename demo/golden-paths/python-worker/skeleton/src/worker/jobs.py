"""What is done with a job. Doing it twice must do no harm: a worker can be killed in between."""

from typing import Any


class TryAgain(Exception):
    """The job cannot be done now, but perhaps later."""


def handle(payload: dict[str, Any]) -> str:
    """Do one job and return a sentence for the log; replace this with what the worker is for."""
    words = str(payload.get("text", "")).split()
    return f"{len(words)} words"
