"""One call of the REST API: who calls, what was sent, and the page asked for."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.forge.api.fields import Fields
from apps.forge.errors import BadCredentials, ForgeError, Missing, Refused, TooLarge
from apps.forge.git.repository import GitRepository
from apps.forge.models import AccessToken, Account, Repository
from apps.forge.services import access

DEFAULT_PER_PAGE = 30
MAX_PER_PAGE = 100
MAX_BODY_BYTES = 50 * 1024 * 1024


@dataclass
class Call:
    """A request to the REST API, authenticated."""

    request: HttpRequest
    account: Account | None
    token: AccessToken | None
    headers: dict[str, str] = field(default_factory=dict)
    _repository: Repository | None = None

    @property
    def caller(self) -> Account:
        """Who calls; for what nobody may do without a token."""
        if self.account is None:
            raise BadCredentials("Requires authentication")
        return self.account

    @property
    def query(self) -> dict[str, str]:
        """The last value of each query parameter."""
        return self.request.GET.dict()

    @property
    def repository(self) -> Repository:
        """The repository named in the address."""
        if self._repository is None:
            raise Missing
        return self._repository

    @property
    def git(self) -> GitRepository:
        """The git repository of that repository."""
        return GitRepository(self.repository.folder)

    def enter(self, owner: str, name: str) -> None:
        """
        Find the repository in the address.

        :raises apps.forge.errors.Missing: if it does not exist or is hidden from the caller
        """
        found = Repository.objects.named(owner, name).first()
        if found is None or access.role_on(found, self.account, self.token) is None:
            raise Missing
        self._repository = found

    def need(self, role: str, *, archived: bool = False) -> None:
        """
        Ask for a role on the repository; `archived` for what may be done to an archived one.

        :raises apps.forge.errors.Refused: if the caller has less
        """
        _ = self.caller
        if not access.includes(access.role_on(self.repository, self.account, self.token), role):
            raise Refused(f"Must have {role} rights to Repository.")
        if self.repository.archived and not archived:
            raise Refused("Repository was archived so is read-only.")

    def fields(self, resource: str) -> Fields:
        """
        Return the JSON object that was sent; an empty one without a body.

        :raises apps.forge.errors.ForgeError: if it is no JSON object
        """
        try:
            body = self.request.body
        except RequestDataTooBig as error:
            raise TooLarge("Request body is too large.") from error
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge("Request body is too large.")
        try:
            data = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise ForgeError("Problems parsing JSON") from error
        if not isinstance(data, dict):
            raise ForgeError("Body should be a JSON object")
        return Fields(resource, data)

    def page(self, items: QuerySet[Any] | Sequence[Any]) -> list[Any]:
        """Return the page asked for, and announce the others in the Link header."""
        size, number = self.page_wanted()
        total = items.count() if isinstance(items, QuerySet) else len(items)
        self.link(last=max(1, -(-total // size)))
        return list(items[(number - 1) * size : number * size])

    def page_wanted(self) -> tuple[int, int]:
        """Return how many items a page has and which page is asked for."""
        size = _number(self.query.get("per_page"), DEFAULT_PER_PAGE)
        number = _number(self.query.get("page"), 1)
        return min(max(size, 1), MAX_PER_PAGE), min(max(number, 1), 1_000_000)

    def link(self, *, last: int) -> None:
        """Announce the other pages in the Link header."""
        _, number = self.page_wanted()
        wanted: dict[str, int] = {}
        if number > 1:
            wanted |= {"prev": number - 1, "first": 1}
        if number < last:
            wanted |= {"next": number + 1, "last": last}
        address = f"{settings.EMBEDDED_FORGE_URL}{self.request.path}"
        links = [
            f'<{address}?{urlencode({**self.query, "page": page})}>; rel="{rel}"'
            for rel, page in wanted.items()
        ]
        if links:
            self.headers["Link"] = ", ".join(links)

    def accepts(self, media_type: str) -> bool:
        """Tell whether GitHub's media type ("raw") is asked for."""
        kinds = (f"github.{media_type}", f"github.v3.{media_type}")
        accept = self.request.headers.get("Accept", "")
        return any(
            part.split(";")[0].strip().removeprefix("application/vnd.").removesuffix("+json")
            in kinds
            for part in accept.split(",")
        )


def authenticate(request: HttpRequest) -> tuple[Account | None, AccessToken | None]:
    """
    Return who calls, by `Authorization: Bearer|token <token>` or Basic with the token as password.

    :raises apps.forge.errors.BadCredentials: if the token is not known
    """
    header = request.headers.get("Authorization", "")
    if not header:
        return None, None
    scheme, _, value = header.partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return access.account_of_token(value.strip())
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadCredentials from error
        # Git clients may send the token as the name, with nothing or a filler as password.
        return access.account_of_token(name if password in {"", "x-oauth-basic"} else password)
    raise BadCredentials


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default
