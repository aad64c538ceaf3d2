"""
Connections that go to the very address that was checked, and end at their deadline.

The lower half of `core.outbound`; nothing else uses it.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from apps.core.addresses import is_odd_ipv4, is_public
from apps.core.errors import UserFacingError

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


class Deadline(threading.local):
    """The moment (monotonic) at which the call of this thread ends."""

    at = float("inf")


deadline = Deadline()


class _Punctual:
    """Ends the wait for an answer's headers at the deadline, however slowly they drip."""

    sock: socket.socket | None

    def getresponse(self) -> Any:
        sock = self.sock
        seconds = max(min(deadline.at - time.monotonic(), settings.OUTBOUND_TOTAL_SECONDS), 0.01)
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


class PinnedAdapter(HTTPAdapter):
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
