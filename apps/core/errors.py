"""Errors that people read: what is wrong, where, and what to do."""

from collections.abc import Sequence


class UserFacingError(Exception):
    """
    An anticipated failure, shown as a page, a fragment or JSON.

    `name` and `status` are those of Backstage's error bodies, so that its clients understand them.
    """

    name = "InputError"
    status = 400

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


class InvalidInput(UserFacingError):
    """What was sent cannot be used; `problems` has one sentence for each field."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        where: str = "",
        problems: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.problems = tuple(problems)


class NotAuthenticated(UserFacingError):
    """Nobody is signed in, or the token is unknown, expired or revoked."""

    name = "AuthenticationError"
    status = 401


class Forbidden(UserFacingError):
    """The person may see the thing but not do this to it."""

    name = "NotAllowedError"
    status = 403


class NotFound(UserFacingError):
    """There is no such thing, or the person may not know that there is."""

    name = "NotFoundError"
    status = 404


class Conflict(UserFacingError):
    """The state of the thing does not allow this now."""

    name = "ConflictError"
    status = 409


class Unavailable(UserFacingError):
    """Something the portal needs does not answer; trying again later may work."""

    name = "ServiceUnavailableError"
    status = 503
