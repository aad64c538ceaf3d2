"""What the forge refuses, in GitHub's words: a status, a message, and the fields at fault."""

from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class ForgeError(Exception):
    """An anticipated refusal; its body is that of GitHub's errors."""

    status = 400

    def __init__(self, message: str, *, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON."""
        body: dict[str, Any] = {"message": self.message, "documentation_url": DOCUMENTATION}
        if self.errors is not None:
            body["errors"] = self.errors
        body["status"] = str(self.status)
        return body


class BadCredentials(ForgeError):
    """The token is unknown or has expired, or one is needed."""

    status = 401

    def __init__(self, message: str = "Bad credentials") -> None:
        super().__init__(message)


class Refused(ForgeError):
    """The account may see the thing but not do this."""

    status = 403


class Missing(ForgeError):
    """There is no such thing, or the account may not know that there is."""

    status = 404

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(message)


class NotMergeable(ForgeError):
    """The pull request cannot be merged as it stands."""

    status = 405


class Conflict(ForgeError):
    """The state of the repository does not allow this now."""

    status = 409


class TooLarge(ForgeError):
    """What was sent is larger than the forge takes."""

    status = 413


class Invalid(ForgeError):
    """What was sent cannot be used."""

    status = 422


def invalid_field(
    resource: str, field: str, code: str = "invalid", message: str = "", value: Any = None
) -> Invalid:
    """Return the refusal of one field, as GitHub's validation errors are."""
    error: dict[str, Any] = {"resource": resource, "code": code, "field": field}
    if message:
        error["message"] = message
    if value is not None:
        error["value"] = value
    return Invalid("Validation Failed", errors=[error])


def empty_repository() -> Conflict:
    """Return what every call on git data of an empty repository answers."""
    return Conflict("Git Repository is empty.")
