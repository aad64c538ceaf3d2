"""What a forge can answer instead of what was asked; one class for each case a caller treats."""

from collections.abc import Sequence
from datetime import datetime

from apps.core.errors import UserFacingError


class GitHubError(UserFacingError):
    """
    The forge said no, or said nothing.

    `code` is for machines. `permanent` says that asking again in the same words is useless.
    """

    name = "ServiceUnavailableError"
    status = 502
    code = "forge_error"
    permanent = True


class NotFound(GitHubError):
    """There is no such thing, or the token may not know that there is (404, 410)."""

    name = "NotFoundError"
    status = 404
    code = "not_found"


class BadCredentials(GitHubError):
    """The token is wrong, expired or revoked (401, after one renewal)."""

    code = "bad_credentials"


class PermissionMissing(GitHubError):
    """The token may not do this (403); `scope` is what GitHub says it would need, if it says so."""

    name = "NotAllowedError"
    code = "permission_missing"

    def __init__(self, message: str, *, scope: str = "", hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.scope = scope


class RateLimited(GitHubError):
    """
    Calls must stop until `retry_at` (UTC).

    `secondary` tells GitHub's undisclosed limits, and our own budget, from the hourly quota.
    """

    status = 503
    code = "rate_limited"
    permanent = False

    def __init__(
        self, message: str, *, retry_at: datetime, secondary: bool = False, where: str = ""
    ) -> None:
        super().__init__(message, hint=f"It continues after {retry_at:%H:%M:%S} UTC.", where=where)
        self.retry_at = retry_at
        self.secondary = secondary

    @property
    def resets_at(self) -> datetime:
        """The moment from which calls are allowed again."""
        return self.retry_at


class Unavailable(GitHubError):
    """The forge did not answer, or answered nonsense; nothing has been changed by this call."""

    status = 503
    code = "unavailable"
    permanent = False


class AddressRefused(GitHubError):
    """The forge leads to an address that the portal does not call, such as another host."""

    code = "address_refused"


class UnknownOutcome(GitHubError):
    """
    A changing call was sent and its answer was lost: timeout, reset, 5xx or half an answer.

    It may or may not have happened. The caller must look before calling again.
    """

    status = 503
    code = "unknown_outcome"
    permanent = False


class ValidationFailed(GitHubError):
    """The forge refuses the input (400, 413, 422); `fields` names what it complains about."""

    name = "InputError"
    status = 422
    code = "validation_failed"

    def __init__(
        self, message: str, *, fields: Sequence[str] = (), hint: str = "", where: str = ""
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.fields = tuple(fields)


class NameTaken(ValidationFailed):
    """The account has a repository of this name already."""

    name = "ConflictError"
    status = 409
    code = "name_taken"


class AlreadyExists(ValidationFailed):
    """The reference, pull request, hook or key exists already."""

    name = "ConflictError"
    status = 409
    code = "already_exists"


class Conflict(GitHubError):
    """The state does not allow this: the branch has moved, the repository is empty (405, 409)."""

    name = "ConflictError"
    status = 409
    code = "conflict"
