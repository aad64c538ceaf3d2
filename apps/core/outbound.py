"""
The one door for outgoing HTTP: `session()`.

https to public addresses, and the configured hosts (the forge, OUTBOUND_ALLOWED_HOSTS).
Names are resolved here and the connection goes to the very address that was checked, so a second
answer of the name server changes nothing. Redirects stay on their host, bodies end at 10 MB,
everything ends after OUTBOUND_TOTAL_SECONDS, and an Authorization header leaves for one origin only
(reliability.md 1.3 rule 3, B14).
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from apps.core.addresses import is_odd_ipv4, is_public
from apps.core.errors import UserFacingError

MAX_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})
_DEFAULT_PORTS = {"http": 80, "https": 443}

Resolver = Callable[[str, int], Iterable[str]]


class OutboundRefused(UserFacingError):
    """The portal does not call this address; nothing was sent."""

    name = "NotAllowedError"
    status = 400


class OutboundFailed(UserFacingError):
    """
    The call did not end with an answer.

    `sent` tells whether the request may have reached the other side.
    """

    name = "ServiceUnavailableError"
    status = 502

    def __init__(self, message: str, *, sent: bool, where: str = "") -> None:
        super().__init__(message, where=where)
        self.sent = sent


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


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of an address, in lower case."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """
        Return the origin of an address.

        :raises OutboundRefused: if it has none, or credentials
        """
        try:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise OutboundRefused(f"{url[:200]!r} is not an address: {error}.") from error
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            raise OutboundRefused(
                f"The portal does not call {url[:200]!r}.", hint="Only https addresses are called."
            )
        if "@" in parts.netloc or "\\" in url or any(ord(char) <= 0x20 for char in url):
            raise OutboundRefused(f"{url[:200]!r} is not a plain address.")
        return cls(parts.scheme, parts.hostname.lower(), port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = _DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{host}" if usual else f"{self.scheme}://{host}:{self.port}"


def configured_origins() -> frozenset[Origin]:
    """Return the origins an operator has named: the forge's, and OUTBOUND_ALLOWED_HOSTS."""
    named = [settings.GITHUB_API_URL, settings.GITHUB_URL, *settings.OUTBOUND_ALLOWED_HOSTS]
    return frozenset(Origin.of(text if "://" in text else f"https://{text}") for text in named)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_address(origin: Origin, *, resolver: Resolver = resolve) -> str:
    """
    Return the address to connect to.

    :raises OutboundRefused: if the origin is neither configured nor public https
    :raises OutboundFailed: if the name does not resolve
    """
    configured = origin in configured_origins()
    if not configured:
        if origin.scheme != "https":
            raise OutboundRefused(f"The portal calls {origin} with https only.")
        if not settings.OUTBOUND_PUBLIC:
            raise OutboundRefused(
                f"The portal does not call {origin}.",
                hint="An operator can name it in OUTBOUND_ALLOWED_HOSTS.",
            )
        if is_odd_ipv4(origin.host):
            raise OutboundRefused(f"{origin.host!r} is an unusual spelling of an address.")
    try:
        addresses = list(resolver(origin.host, origin.port))
    except (OSError, UnicodeError) as error:
        raise OutboundFailed(f"The name {origin.host} does not resolve.", sent=False) from error
    if not addresses:
        raise OutboundFailed(f"The name {origin.host} has no address.", sent=False)
    if not configured and not all(is_public(address) for address in addresses):
        raise OutboundRefused(
            f"{origin.host} leads into a private network.",
            hint="An operator can name it in OUTBOUND_ALLOWED_HOSTS.",
        )
    return addresses[0]


class _Deadline(threading.local):
    """The moment (monotonic) at which the call of this thread ends."""

    at = float("inf")


_deadline = _Deadline()


class _Punctual:
    """Ends the wait for an answer's headers at the deadline, however slowly they drip."""

    sock: socket.socket | None

    def getresponse(self) -> Any:
        sock = self.sock
        seconds = max(min(_deadline.at - time.monotonic(), settings.OUTBOUND_TOTAL_SECONDS), 0.01)
        watchdog = threading.Timer(seconds, _hang_up, [sock])
        watchdog.daemon = True
        watchdog.start()
        try:
            return super().getresponse()  # type: ignore[misc]  # the connection class beside it
        finally:
            watchdog.cancel()


def _hang_up(sock: socket.socket | None) -> None:
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # closed in the meantime


class _HttpConnection(_Punctual, HTTPConnection):
    pass


class _HttpsConnection(_Punctual, HTTPSConnection):
    pass


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _PinnedAdapter(HTTPAdapter):
    """Connects to the checked address; name and certificate remain those of the host."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        super().__init__(pool_connections=8, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host: Any
        pool: Any
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        origin = Origin.of(str(request.url))
        host["host"] = checked_address(origin, resolver=self._resolver)
        if origin.scheme == "https":
            pool["server_hostname"] = origin.host
            pool["assert_hostname"] = origin.host
        return host, pool


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
        self._requests.verify = settings.OUTBOUND_CA_BUNDLE or True
        self._requests.headers = CaseInsensitiveDict({"User-Agent": settings.OUTBOUND_USER_AGENT})
        for scheme in ("http://", "https://"):
            self._requests.mount(scheme, _PinnedAdapter(resolver))

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
        _deadline.at = time.monotonic() + settings.OUTBOUND_TOTAL_SECONDS
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
            if time.monotonic() > _deadline.at:
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
