"""
One call to GitHub's REST API, over PyGithub's requester and the portal's outbound door.

PyGithub does authentication, versions and encoding; its connections are replaced (by the hook it
has for that) with ones that use `core.outbound`, so the address guard, the time limits and the rule
"redirects stay on their host" hold here too. Retries are ours: PyGithub's would repeat a change.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from github import Github
from github.Auth import Auth
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)

from apps.core import outbound
from apps.integrations.github import errors

API_VERSION = "2022-11-28"
JSON_TYPE = "application/vnd.github+json"


@dataclass(frozen=True)
class ApiAnswer:
    """A complete answer of the API; `data` is None where the body is empty or not JSON."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def data(self) -> Any:
        if not self.text:
            return None
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def is_broken_json(self) -> bool:
        """Tell whether the answer claims to be JSON and is not: it was cut off."""
        claims = "json" in self.headers.get("content-type", "")
        return claims and bool(self.text) and self.data is None and self.text.strip() != "null"


class _Response:
    """The shape in which PyGithub reads an answer."""

    def __init__(self, answer: outbound.Answer) -> None:
        # PyGithub sleeps and asks again for ever at a 202, and follows a 301 with the token; the
        # outbound door has followed what may be followed.
        self.status = {202: 200, 301: 307}.get(answer.status, answer.status)
        self._answer = answer

    def getheaders(self) -> Iterable[tuple[str, str]]:
        return self._answer.headers.items()

    def read(self) -> str:
        return self._answer.text


class _OutboundConnection:
    """What PyGithub takes for a connection: one request through the outbound door."""

    scheme = "https"

    def __init__(self, host: str, port: int | None = None, **_ours: Any) -> None:
        self.host = host
        self._origin = f"{self.scheme}://{host}" + (f":{port}" if port else "")
        self._request: tuple[str, str, Any, dict[str, str]] = ("GET", "/", None, {})

    def request(
        self, verb: str, url: str, input: Any, headers: dict[str, str], stream: bool = False
    ) -> None:
        self._request = (verb, url, input, headers)

    def getresponse(self) -> _Response:
        verb, url, body, headers = self._request
        # A download elsewhere (logs) is answered with a redirect that the caller follows itself.
        follow = headers.pop("X-Portal-Redirects", "follow") == "follow"
        session = _session_for(self._origin)
        answer = session.request(
            verb, f"{self._origin}{url}", headers=headers, data=body, follow=follow
        )
        return _Response(answer)

    def close(self) -> None:
        """Connections belong to the outbound session, which keeps them."""


class _PlainConnection(_OutboundConnection):
    scheme = "http"


# By process, because a socket must not be shared with a forked child.
_sessions: dict[tuple[int, str], outbound.OutboundSession] = {}


def _session_for(origin: str) -> outbound.OutboundSession:
    key = (os.getpid(), origin)
    if key not in _sessions:
        _sessions[key] = outbound.session(authorized_url=origin)
    return _sessions[key]


# PyGithub asks for subclasses of its own connections; nothing of theirs is used.
class _Http(_PlainConnection, HTTPRequestsConnectionClass):  # type: ignore[misc]  # untyped there
    pass


class _Https(_OutboundConnection, HTTPSRequestsConnectionClass):  # type: ignore[misc]  # untyped there
    pass


Requester.injectConnectionClasses(_Http, _Https)


class Transport:
    """
    Sends single requests; says nothing about what an answer means.

    :param base_url: the API's address, for example "https://api.github.com"
    """

    def __init__(self, *, base_url: str, auth: Auth | None) -> None:
        self.base_url = base_url
        self.origin = outbound.Origin.of(base_url)
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._requester = Github(
            auth=auth,
            base_url=base_url,
            retry=None,
            user_agent="callboard",
            per_page=100,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester

    def send(
        self,
        verb: str,
        path: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        body: Any = None,
        etag: str = "",
        accept: str = JSON_TYPE,
        follow: bool = True,
    ) -> ApiAnswer:
        """
        Return the answer, whatever its status.

        :raises AddressRefused: if the address, or one it redirects to, is not allowed
        :raises OutboundFailed: if there is no complete answer
        """
        headers = {"Accept": accept, "X-GitHub-Api-Version": API_VERSION}
        if etag:
            headers["If-None-Match"] = etag
        if not follow:
            headers["X-Portal-Redirects"] = "show"
        try:
            status, answered, text = self._requester.requestJson(
                verb, path, parameters=dict(parameters or {}), headers=headers, input=body
            )
        except outbound.OutboundRefused as error:
            raise errors.AddressRefused(error.message, hint=error.hint) from error
        lower = {str(key).lower(): str(value) for key, value in answered.items()}
        return ApiAnswer(status=status, headers=lower, text=text)

    def own_path(self, url: str) -> str:
        """
        Return the path of an address of this API, for example of a Link header.

        :raises AddressRefused: if the address is not one of this API
        """
        parts = urlsplit(url)
        own = url.startswith(f"{self.base_url}/") and outbound.Origin.of(url) == self.origin
        if not own:
            raise errors.AddressRefused(f"{url[:200]!r} is not an address of {self.base_url}.")
        path = parts.path.removeprefix(self._prefix)
        return f"{path}?{parts.query}" if parts.query else path
