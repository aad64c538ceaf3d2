"""The pages for what goes wrong outside a view's own errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from apps.core.errors import Forbidden, InvalidInput, NotFound, UserFacingError
from apps.core.http import wants_fragment


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: the request itself is malformed."""
    error = InvalidInput(
        "The portal could not read this request.", hint="Go back, reload the page and try again."
    )
    return _page(request, error)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: refused before a view could say why."""
    error = Forbidden(
        "You may not do this.", hint="If you think you should, ask an administrator for the role."
    )
    return _page(request, error)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403: the form is older than the session, or came from elsewhere."""
    error = Forbidden(
        "This form is too old, or was sent from another site.",
        hint="Go back, reload the page and send it again; what you typed is still there.",
    )
    return _page(request, error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: no page has this address."""
    error = NotFound(
        f"There is no page {request.path[:200]}.",
        hint="Check the address, or search for what you are looking for.",
    )
    return _page(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without the database and without a session: both may be what failed."""
    context = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("errors/500.html", context), status=500)


def _page(request: HttpRequest, error: UserFacingError) -> HttpResponse:
    template = "errors/_message.html" if wants_fragment(request) else "errors/error.html"
    return render(request, template, {"error": error}, status=error.status)
