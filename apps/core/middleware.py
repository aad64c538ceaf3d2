"""Middleware of every page: request id, security headers, errors as pages, fragments or JSON."""

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from apps.core.errors import UserFacingError
from apps.core.http import wants_fragment

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_request_id: ContextVar[str] = ContextVar("request_id", default="-")

PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)"


class RequestIdFilter(logging.Filter):
    """Puts the id of the request into every log line written while it is served."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


class RequestIdMiddleware:
    """Gives each request an id that appears in the log, the audit log and the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:16]
        request.request_id = request_id  # type: ignore[attr-defined]  # PortalRequest declares it
        token = _request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response


class SecurityHeadersMiddleware:
    """Headers that Django has no setting for (reliability.md section 5)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        return response


class UserFacingErrorMiddleware:
    """Renders a UserFacingError: Backstage's JSON below /api/, else a fragment or a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, UserFacingError):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(backstage_error(request, error), status=error.status)
        template = "errors/_message.html" if wants_fragment(request) else "errors/error.html"
        return render(request, template, {"error": error}, status=error.status)


def backstage_error(request: HttpRequest, error: UserFacingError) -> dict[str, object]:
    """Return an error in the form that Backstage's clients read (backstage-spec.md section 2)."""
    return {
        "error": {"name": error.name, "message": str(error)},
        "request": {"method": request.method, "url": request.get_full_path()},
        "response": {"statusCode": error.status},
    }
