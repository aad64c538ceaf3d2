"""What an error means for a run: fail for good, or wait and try again."""

import logging
import secrets
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.errors import UserFacingError
from apps.core.secrets import SecretUnreadable
from apps.integrations.github.errors import GitHubError, RateLimited

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 120.0


@dataclass(frozen=True)
class Failure:
    """The run has failed at a step; `code` is for machines, `text` for people."""

    code: str
    text: str


@dataclass(frozen=True)
class Pause:
    """
    The run waits and then tries the same step again.

    `until` is a moment the other side named; else `seconds` counts from the database's now.
    `counts` tells whether this was one of the step's attempts.
    """

    reason: str
    seconds: float = 0.0
    until: datetime | None = None
    counts: bool = True

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.seconds)


def verdict(error: Exception, *, attempt: int) -> Failure | Pause:
    """Return what an exception of an action means after its `attempt`-th try."""
    if isinstance(error, RateLimited):
        # Waiting to be allowed is not a failed attempt.
        return Pause(reason=str(error), until=error.retry_at, counts=False)
    if isinstance(error, GitHubError) and not error.permanent:
        if attempt >= MAX_ATTEMPTS:
            text = f"{error} It was tried {attempt} times; resume the run to try again."
            return Failure("attempts_spent", text)
        return Pause(
            reason=f"{error.message} Attempt {attempt} of {MAX_ATTEMPTS}.",
            seconds=backoff(attempt),
        )
    if isinstance(error, UserFacingError):
        code = getattr(error, "code", "") or _code_of(error)
        return Failure(code, str(error))
    if isinstance(error, SecretUnreadable):
        return Failure("secret_unreadable", f"{error} Resume the run and type the secret again.")
    # A mistake of ours: the log of the server has the places, the run the kind of error only; the
    # text of an unforeseen exception may hold anything, a secret too, and goes nowhere.
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.error("An action failed unexpectedly with %s\n%s", type(error).__name__, places)
    return Failure(
        "internal_error",
        f"The portal made a mistake ({type(error).__name__}). Its log says more; resume the run "
        "once it is mended.",
    )


def backoff(attempt: int) -> float:
    """Return the seconds before the next attempt: doubling, with a jitter of a quarter."""
    base = min(_FIRST_PAUSE * float(2 ** max(0, attempt - 1)), _LONGEST_PAUSE)
    return base * (1 + secrets.randbelow(250) / 1000)


def _code_of(error: UserFacingError) -> str:
    name = type(error).__name__
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).strip("_")
