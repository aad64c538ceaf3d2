"""What every group of calls shares: reading, changing, pages, and what an answer means."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from requests.utils import parse_header_links

from apps.core import outbound
from apps.integrations import scm
from apps.integrations.github import conditional, errors
from apps.integrations.github.auth import Identity
from apps.integrations.github.manners import Manners
from apps.integrations.github.transport import JSON_TYPE, ApiAnswer, Transport

MAX_ITEMS = 1000
_EXISTS = re.compile(r"already exists|already in use|already_exists|has already been taken", re.I)

Result = TypeVar("Result")


class Calls:
    """The base of the groups of calls; `GitHubClient` joins the groups."""

    def __init__(self, *, transport: Transport, identity: Identity, manners: Manners) -> None:
        self._transport = transport
        self._identity = identity
        self._manners = manners

    @property
    def host(self) -> str:
        """The forge's host, for messages."""
        return str(transport_host(self._transport))

    # --- reading ---

    def _read(
        self,
        path: str,
        /,
        *,
        accept: str = JSON_TYPE,
        immutable: bool = False,
        **parameters: Any,
    ) -> ApiAnswer:
        """
        GET, with the remembered ETag; 304 gives the remembered answer.

        What git names by its content is `immutable`: once remembered, it is not asked for again.
        """
        full = _with_query(path, parameters)
        key = conditional.cache_key(installation=self._manners.key, path=full, accept=accept)
        known = conditional.find(key)
        if known is not None and immutable:
            return ApiAnswer(200, {}, known.body)
        answer = self._ask(full, etag=known.etag if known else "", accept=accept)
        if answer.status == 304 and known is not None:
            return ApiAnswer(200, {"etag": known.etag, "link": known.link}, known.body)
        self._check(answer, verb="GET", path=path)
        conditional.remember(
            key,
            etag=answer.headers.get("etag", "") or ("immutable" if immutable else ""),
            link=answer.headers.get("link", ""),
            body=answer.text,
        )
        return answer

    def _get(self, path: str, read: Callable[[Any], Result], /, **parameters: Any) -> Result:
        answer = self._read(path, **parameters)
        return self._understood(answer, read, changing=False)

    def _pages(
        self,
        path: str,
        read: Callable[[Any], Result],
        /,
        *,
        key: str = "",
        limit: int = MAX_ITEMS,
        **parameters: Any,
    ) -> list[Result]:
        """Return the items of all pages, at most `limit`; `key` names the list inside an object."""
        found: list[Result] = []
        query = {**parameters, "per_page": min(limit, 100)}
        next_path = _with_query(path, query)
        # The limit bounds the pages too, should a page be empty and name a next one.
        for _ in range(limit // 100 + 2):
            answer = self._read(next_path)

            def items(data: Any) -> list[Result]:
                return [read(item) for item in (data[key] if key else data)]

            found += self._understood(answer, items, changing=False)
            following = _next_link(answer.headers.get("link", ""))
            if not following or len(found) >= limit:
                break
            next_path = self._transport.own_path(following)
        return found[:limit]

    def _ask(
        self, path: str, *, etag: str = "", accept: str = JSON_TYPE, follow: bool = True
    ) -> ApiAnswer:
        """One GET; asked once more after a broken connection, because reading changes nothing."""
        self._manners.check_silence()
        for attempt in (1, 2):
            try:
                answer = self._transport.send("GET", path, etag=etag, accept=accept, follow=follow)
            except outbound.OutboundFailed as error:
                if attempt == 2 or "in time" in error.message or "slowly" in error.message:
                    raise errors.Unavailable(error.message) from error
                continue
            if answer.status == 401 and attempt == 1 and self._identity.renew():
                continue
            return answer
        raise errors.Unavailable(f"{self.host} does not answer.")

    # --- changing ---

    def _send(self, verb: str, path: str, body: Any = None) -> ApiAnswer:
        """
        One changing call, within the manners.

        :raises UnknownOutcome: if it was sent and the answer was lost
        """
        self._manners.check_silence()
        with self._manners.writing():
            answer = self._send_once(verb, path, body)
            if answer.status == 401 and self._identity.renew():
                answer = self._send_once(verb, path, body)
        self._check(answer, verb=verb, path=path)
        return answer

    def _send_once(self, verb: str, path: str, body: Any) -> ApiAnswer:
        try:
            return self._transport.send(verb, path, body=body)
        except outbound.OutboundFailed as error:
            kind = errors.UnknownOutcome if error.sent else errors.Unavailable
            raise kind(error.message) from error

    def _change(
        self, verb: str, path: str, read: Callable[[Any], Result], body: Any = None
    ) -> Result:
        answer = self._send(verb, path, body)
        return self._understood(answer, read, changing=True)

    # --- what an answer means ---

    def _understood(
        self, answer: ApiAnswer, read: Callable[[Any], Result], *, changing: bool
    ) -> Result:
        try:
            return read(answer.data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            kind = errors.UnknownOutcome if changing else errors.Unavailable
            raise kind(f"{self.host} answered something that cannot be read.") from error

    def _check(self, answer: ApiAnswer, *, verb: str, path: str) -> None:
        """Return if the answer is a success; otherwise raise the error that names it."""
        changing = verb != "GET"
        lost = errors.UnknownOutcome if changing else errors.Unavailable
        if answer.status < 400:
            if answer.is_broken_json:
                raise lost(f"{self.host} broke off its answer.")
            self._manners.note_success(changing=changing)
            return
        data = answer.data if isinstance(answer.data, dict) else {}
        message = str(data.get("message") or f"{self.host} answered {answer.status}.")
        if answer.status >= 500:
            raise lost(f"{self.host} answered {answer.status}.")
        self._manners.note_pause(answer.headers, status=answer.status, message=message)
        raise _named(answer, data, message, path=path, host=self.host)

    # --- paths ---

    @staticmethod
    def _repo(full_name: str, rest: str = "") -> str:
        """Return the path of a repository, from checked parts only."""
        owner, name = scm.parse_full_name(full_name)
        return f"/repos/{owner}/{name}{rest}"

    @staticmethod
    def _part(text: str, *, slashes: bool = False) -> str:
        """Return text quoted as one part of a path, or several with `slashes`."""
        if any(part in {".", "..", ""} for part in text.split("/")):
            raise errors.ValidationFailed(f"{text[:120]!r} cannot be part of an address.")
        return quote(text, safe="/" if slashes else "")


def transport_host(transport: Transport) -> str:
    """Return the host of the forge as people know it."""
    origin = str(transport.origin).partition("://")[2]
    return "GitHub" if origin == "api.github.com" else origin


def _with_query(path: str, parameters: Mapping[str, Any]) -> str:
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    if not given:
        return path
    return f"{path}?{urlencode(sorted(given.items()))}"


def _next_link(header: str) -> str:
    links = parse_header_links(header) if header else []
    return next((str(link["url"]) for link in links if link.get("rel") == "next"), "")


def _complaints(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, sentence) of GitHub's list of errors, whatever its form."""
    listed = data.get("errors")
    if isinstance(listed, str):
        yield "", listed
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            text = str(item.get("message") or item.get("code") or "")
            yield str(item.get("field") or ""), text
        else:
            yield "", str(item)


def _named(
    answer: ApiAnswer, data: Mapping[str, Any], message: str, *, path: str, host: str
) -> errors.GitHubError:
    """Return the error for an answer of 4xx that asks for no pause."""
    status = answer.status
    if status == 401:
        return errors.BadCredentials(
            f"{host} does not accept the token.",
            hint="It is wrong, has expired or was revoked: set a new one.",
        )
    if status == 403:
        scope = answer.headers.get("x-accepted-github-permissions", "")
        scope = scope or answer.headers.get("x-accepted-oauth-scopes", "")
        hint = f"The token needs: {scope}." if scope else "The token lacks a permission for this."
        return errors.PermissionMissing(f"{host}: {message}", scope=scope, hint=hint)
    if status in {404, 410, 451}:
        return errors.NotFound(f"{host} has no {path}.")
    complaints = list(_complaints(data))
    if status in {405, 409}:
        return errors.Conflict(f"{host}: {message}")
    fields = tuple(field for field, _ in complaints if field)
    sentences = [text for _, text in complaints if text]
    whole = " ".join([message, *sentences])
    if status == 422 and _EXISTS.search(whole):
        creating = path == "/user/repos" or (path.startswith("/orgs/") and path.endswith("/repos"))
        kind = errors.NameTaken if creating and set(fields) <= {"name"} else errors.AlreadyExists
        return kind(f"{host}: {'; '.join(sentences) or message}", fields=fields)
    return errors.ValidationFailed(f"{host}: {whole}", fields=fields)
