"""
The one door for outgoing HTTP: `session()`.

https to public addresses, and the configured hosts (the forge, OUTBOUND_ALLOWED_HOSTS).
Names are resolved here and the connection goes to the very address that was checked, so a second
answer of the name server changes nothing. Redirects stay on their host, bodies end at 10 MB,
everything ends after OUTBOUND_TOTAL_SECONDS, and an Authorization header leaves for one origin only
(reliability.md 1.3 rule 3, B14).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests
from django.conf import settings
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from apps.core.pinned import (
    Origin,
    OutboundFailed,
    OutboundRefused,
    PinnedAdapter,
    Resolver,
    deadline,
    resolve,
)

__all__ = [
    "Answer",
    "Origin",
    "OutboundFailed",
    "OutboundRefused",
    "OutboundSession",
    "session",
]

MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Answer:
    """A complete answer: its body has been read, `url` is where it came from."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as UTF-8, with replacements for what is not."""
        return self.content.decode("utf-8", errors="replace")


class OutboundSession:
    """
    Calls within the limits of this module; made by `session()`.

    `authorized` is the one origin to which an Authorization header may go.
    """

    def __init__(self, *, authorized: Origin | None, resolver: Resolver) -> None:
        self._authorized = authorized
        self._requests = requests.Session()
        # No proxies, .netrc or certificates from the environment: the address check must hold.
        self._requests.trust_env = False
        # A session serves several identities: nothing of one answer may go into the next call.
        self._requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._requests.verify = settings.OUTBOUND_CA_BUNDLE or True
        self._requests.headers = CaseInsensitiveDict({"User-Agent": settings.OUTBOUND_USER_AGENT})
        for scheme in ("http://", "https://"):
            self._requests.mount(scheme, PinnedAdapter(resolver))

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET; see `request`."""
        return self.request("GET", url, headers=headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | str | None = None,
        follow: bool = True,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """
        Return the whole answer, whatever its status.

        With `follow`, redirects on the same origin are followed: any for GET, 307 and 308 for the
        others. Without it, a redirect is returned as it is.

        :raises OutboundRefused: before anything is sent, or at a redirect to another origin
        :raises OutboundFailed: at a timeout, a broken connection, or too large a body
        """
        origin = Origin.of(url)
        own = dict(headers or {})
        if "authorization" in {key.lower() for key in own} and origin != self._authorized:
            raise OutboundRefused(f"The token does not belong to {origin}.")
        deadline.at = time.monotonic() + settings.OUTBOUND_TOTAL_SECONDS
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._once(method, url, headers=own, data=data, max_bytes=max_bytes)
            target = answer.headers.get("location", "")
            if not follow or answer.status not in _REDIRECTS or not target:
                return answer
            if method not in _SAFE and answer.status not in {307, 308}:
                raise OutboundRefused(f"{origin} redirects a change; nothing was sent again.")
            url = urljoin(url, target)
            if Origin.of(url) != origin:
                raise OutboundRefused(f"{origin} redirects to another host, {Origin.of(url)}.")
        raise OutboundRefused(f"{origin} redirects more than {MAX_REDIRECTS} times.")

    def _once(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: bytes | str | None,
        max_bytes: int,
    ) -> Answer:
        origin = Origin.of(url)
        # The connection goes to an address, so the name has to be said.
        named = {**headers, "Host": str(origin).partition("://")[2]}
        timeout = (settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_READ_SECONDS)
        try:
            response = self._requests.request(
                method,
                url,
                headers=named,
                data=data,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
        except requests.exceptions.ConnectTimeout as error:
            raise OutboundFailed(f"{origin} cannot be reached.", sent=False) from error
        except requests.exceptions.Timeout as error:
            raise OutboundFailed(f"{origin} did not answer in time.", sent=True) from error
        except requests.exceptions.SSLError as error:
            raise OutboundFailed(f"{origin} has no valid certificate.", sent=False) from error
        except requests.exceptions.ConnectionError as error:
            never = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
            text = "cannot be reached" if never else "closed the connection"
            raise OutboundFailed(f"{origin} {text}.", sent=not never) from error
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise OutboundFailed(f"{origin} answered nonsense.", sent=True) from error
        with response:
            content = _body(response, origin=origin, max_bytes=max_bytes)
            return Answer(response.status_code, response.headers, content, url)

    def close(self) -> None:
        """Close the connections kept for reuse."""
        self._requests.close()


def _body(response: requests.Response, *, origin: Origin, max_bytes: int) -> bytes:
    """Read the body piece by piece, so that the deadline and the size hold."""
    parts: list[bytes] = []
    size = 0
    try:
        while True:
            if time.monotonic() > deadline.at:
                raise OutboundFailed(f"{origin} answered too slowly.", sent=True)
            part = response.raw.read1(_CHUNK, decode_content=True)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise OutboundFailed(f"{origin} answered more than {max_bytes} bytes.", sent=True)
    except (HTTPError, OSError) as error:
        raise OutboundFailed(f"{origin} broke off its answer.", sent=True) from error


def session(*, authorized_url: str = "", resolver: Resolver = resolve) -> OutboundSession:
    """
    Return a session for outgoing calls; keep it to reuse its connections.

    An Authorization header may go to the origin of `authorized_url` only. Tests give `resolver`.
    """
    authorized = Origin.of(authorized_url) if authorized_url else None
    return OutboundSession(authorized=authorized, resolver=resolver)
