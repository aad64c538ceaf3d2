"""
How the portal proves who it is: a token, or a GitHub App's installation.

An App signs a short JSON Web Token (issued a minute ago, because clocks differ; valid at most ten)
and gets a token for one installation, narrowed to repositories and permissions, kept in memory for
50 of its 60 minutes. docs.github.com: "Authenticating as a GitHub App installation".
"""

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol

from github.Auth import AppAuth, AppAuthToken, Auth, Token

from apps.core import outbound
from apps.integrations.github import errors
from apps.integrations.github.transport import ApiAnswer, Transport

ISSUED_BEFORE_SECONDS = 60
VALID_SECONDS = 9 * 60
KEPT_SECONDS = 50 * 60


class Identity(Protocol):
    """Who calls: PyGithub's authentication, a name for it, and a way to renew it."""

    @property
    def auth(self) -> Auth: ...

    @property
    def name(self) -> str: ...

    def renew(self) -> bool: ...


@dataclass(frozen=True)
class TokenIdentity:
    """A token that somebody made; it cannot be renewed."""

    token: str

    @property
    def auth(self) -> Auth:
        return Token(self.token)

    @property
    def name(self) -> str:
        """A digest; a token's own text appears nowhere."""
        return hashlib.sha256(self.token.encode()).hexdigest()

    def renew(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "TokenIdentity(…)"


class App:
    """A GitHub App: mints tokens for the installations it has."""

    def __init__(self, *, base_url: str, app_id: str, private_key: str) -> None:
        self.base_url = base_url
        self.app_id = app_id
        self._sign = AppAuth.create_jwt_sign(private_key, "RS256")
        # How far this machine's clock is ahead of the server's, in seconds.
        self._ahead = 0.0

    def web_token(self) -> str:
        """Return a JSON Web Token that proves to be the App."""
        now = int(time.time() - self._ahead)
        payload = {
            "iat": now - ISSUED_BEFORE_SECONDS,
            "exp": now + VALID_SECONDS,
            "iss": self.app_id,
        }
        signed = self._sign(payload)
        return signed.decode() if isinstance(signed, bytes) else signed

    def slug(self) -> str:
        """Return the App's own name, which proves that its key is right."""
        answer = self._call("GET", "/app")
        if answer.status != 200:
            raise errors.NotFound(f"GitHub knows no App {self.app_id}.")
        return str(answer.data["slug"])

    def installation_of(self, owner: str) -> int:
        """
        Return the number of the App's installation on an account.

        :raises NotFound: if the App is not installed there
        """
        for path in (f"/orgs/{owner}/installation", f"/users/{owner}/installation"):
            answer = self._call("GET", path)
            if answer.status == 200:
                return int(answer.data["id"])
        raise errors.NotFound(
            f"The GitHub App is not installed on {owner}.",
            hint="An owner of the account installs it in the App's settings.",
        )

    def mint(
        self, installation: int, repositories: Sequence[str], permissions: Mapping[str, str]
    ) -> str:
        """Return a new token for an installation, valid for an hour."""
        body: dict[str, object] = {}
        if repositories:
            body["repositories"] = sorted(repositories)
        if permissions:
            body["permissions"] = dict(permissions)
        path = f"/app/installations/{installation}/access_tokens"
        answer = self._call("POST", path, body=body)
        if answer.status == 422 and repositories:
            raise errors.NotFound(
                f"The GitHub App sees no repository {', '.join(sorted(repositories))} here.",
                hint="There is none of this name, or the App is not installed on it.",
            )
        if answer.status != 201:
            raise errors.PermissionMissing(
                f"GitHub gives no token for installation {installation} ({answer.status}).",
                hint="Check the App's permissions and its installation.",
            )
        return str(answer.data["token"])

    def _call(self, verb: str, path: str, body: object = None) -> ApiAnswer:
        answer = self._send(verb, path, body)
        if answer.status == 401 and self._learn_clock(answer):
            answer = self._send(verb, path, body)
        if answer.status == 401:
            raise errors.BadCredentials(
                "GitHub does not accept the App's key.",
                hint="Check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.",
            )
        if answer.status >= 500:
            raise errors.Unavailable(f"GitHub answered {answer.status}.")
        return answer

    def _send(self, verb: str, path: str, body: object) -> ApiAnswer:
        transport = Transport(base_url=self.base_url, auth=AppAuthToken(self.web_token()))
        try:
            return transport.send(verb, path, body=body)
        except outbound.OutboundFailed as error:
            # A token too many does no harm, so this is never an unknown outcome.
            raise errors.Unavailable(error.message) from error

    def _learn_clock(self, answer: ApiAnswer) -> bool:
        """Measure our clock by the server's Date; tell whether it was off enough to matter."""
        try:
            server = parsedate_to_datetime(answer.headers["date"]).timestamp()
        except (KeyError, ValueError):
            return False
        before, self._ahead = self._ahead, time.time() - server
        return abs(self._ahead - before) > 10


class _InstallationAuth(Auth):
    """PyGithub's view of an installation's token: read anew for every call."""

    def __init__(self, identity: "InstallationIdentity") -> None:
        self._identity = identity

    @property
    def token_type(self) -> str:
        return "token"

    @property
    def token(self) -> str:
        return self._identity.token()

    @property
    def _masked_token(self) -> str:
        return "token (removed)"


class InstallationIdentity:
    """An installation of the App, narrowed to repositories and permissions."""

    def __init__(
        self,
        *,
        app: App,
        installation: int,
        repositories: Sequence[str] = (),
        permissions: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._installation = installation
        self._repositories = tuple(sorted(repositories))
        self._permissions = dict(permissions or {})
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    @property
    def auth(self) -> Auth:
        return _InstallationAuth(self)

    @property
    def name(self) -> str:
        """The App and the installation: limits hold for both together."""
        return f"app:{self._app.app_id}:{self._installation}"

    def token(self) -> str:
        """Return the token in memory, or a new one where that is 50 minutes old."""
        with self._lock:
            if not self._token or time.monotonic() > self._until:
                self._token = self._app.mint(
                    self._installation, self._repositories, self._permissions
                )
                self._until = time.monotonic() + KEPT_SECONDS
            return self._token

    def renew(self) -> bool:
        """Drop the token, so that the next call mints one."""
        with self._lock:
            self._token = ""
        return True
