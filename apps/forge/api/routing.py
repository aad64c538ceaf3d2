"""From an HTTP request to a function of the API, and from what it returns to an answer."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.forge.api.call import Call, authenticate
from apps.forge.errors import BadCredentials, ForgeError, Missing
from apps.forge.git.process import GitError, GitTimeout

View = Callable[..., Any]
logger = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
# Nobody is limited here; the headers are there because clients plan by them.
HOURLY_LIMIT = 5000


@dataclass(frozen=True)
class Answer:
    """An answer that is not simply "200 with this JSON"; `raw` is sent as it is."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = JSON


def created(data: Any) -> Answer:
    """Answer 201."""
    return Answer(data, status=201)


def methods(**by_method: View) -> Callable[..., HttpResponse]:
    """
    Return a Django view that calls the function for the request's method.

    Functions get a `Call` and the parts of the address; `owner` and `repo` are `call.repository`.
    They return JSON for 200, None for 204, or an `Answer`. Changes run in one transaction.
    """

    @csrf_exempt
    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            answer, headers = _call(by_method, request, parts)
        except ForgeError as error:
            answer, headers = Answer(error.body(), status=error.status), {}
        except GitTimeout as error:
            logger.warning("%s %s: %s", request.method, request.path, error)
            answer, headers = Answer({"message": "Server Error"}, status=502), {}
        except GitError as error:
            # Git refused what the call checked too little; its words help whoever sent it.
            answer = Answer(ForgeError(f"Git refused: {error}").body() | {"status": "422"}, 422)
            headers = {}
        return _respond(request, answer, headers)

    view.methods = tuple(by_method)  # type: ignore[attr-defined]  # read by the contract test
    return view


def not_found(request: HttpRequest, **_parts: Any) -> HttpResponse:
    """Answer for addresses of the API that the forge does not have."""
    return _respond(request, Answer(Missing().body(), status=404), {})


not_found.csrf_exempt = True  # type: ignore[attr-defined]  # what the decorator sets


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for what nobody anticipated; the log has the details."""
    if request.path.startswith("/api/"):
        return _respond(request, Answer({"message": "Server Error"}, status=500), {})
    return HttpResponse(
        "The forge failed; its log says why.\n", status=500, content_type="text/plain"
    )


def _call(
    by_method: dict[str, View], request: HttpRequest, parts: dict[str, Any]
) -> tuple[Answer, dict[str, str]]:
    method = "GET" if request.method == "HEAD" else str(request.method)
    account, token = authenticate(request)
    call = Call(request=request, account=account, token=token)
    if any("\0" in part for part in parts.values() if isinstance(part, str)):
        raise Missing
    if "owner" in parts and "repo" in parts:
        call.enter(parts.pop("owner"), parts.pop("repo"))
    if method not in by_method:
        raise Missing
    if method == "GET":
        result = by_method[method](call, **parts)
    else:
        if account is None:
            raise BadCredentials("Requires authentication")
        with transaction.atomic():
            result = by_method[method](call, **parts)
    if not isinstance(result, Answer):
        result = Answer(result, status=204 if result is None else 200)
    return result, call.headers


def _respond(request: HttpRequest, answer: Answer, headers: dict[str, str]) -> HttpResponse:
    if answer.raw is not None:
        body = answer.raw
    elif answer.status in {204, 205, 304} or answer.data is None:
        body = b""
    else:
        body = json.dumps(answer.data, ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(body, status=answer.status, content_type=answer.content_type)
    if request.method in {"GET", "HEAD"} and answer.status == 200:
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if etag in request.headers.get("If-None-Match", ""):
            response = HttpResponse(status=304)
        response["ETag"] = etag
        response["Cache-Control"] = "private, max-age=60, s-maxage=60"
        response["Vary"] = "Accept, Authorization"
    if answer.status == 204:
        del response["Content-Type"]
    for name, value in (_manners() | headers | answer.headers).items():
        response[name] = value
    return response


def _manners() -> dict[str, str]:
    now = int(time.time())
    return {
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Enterprise-Version": "3.19.0",
        "X-OAuth-Scopes": "admin:org, repo, workflow",
        "X-RateLimit-Limit": str(HOURLY_LIMIT),
        "X-RateLimit-Remaining": str(HOURLY_LIMIT - 1),
        "X-RateLimit-Used": "1",
        "X-RateLimit-Reset": str(now - now % 3600 + 3600),
        "X-RateLimit-Resource": "core",
    }
