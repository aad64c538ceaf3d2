"""The pages for what goes wrong outside a view's own errors."""

import sys

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from apps.core.errors import Forbidden, InvalidInput, NotFound, Unavailable, UserFacingError
from apps.core.http import wants_fragment
from apps.core.middleware import backstage_error


class Failure(UserFacingError):
    """A fault of the portal's own; the log has the rest."""

    name = "Error"
    status = 500


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
    """
    Answer 500 without the database and without a session: both may be what failed.

    A database that is full or away answers 503 and says so: the portal itself has not failed.
    """
    error = _outage(sys.exception())
    request_id = getattr(request, "request_id", "")
    response: HttpResponse
    if request.path.startswith("/api/"):
        shown = error or Failure(f"The portal failed. The log has it as request {request_id}.")
        response = JsonResponse(backstage_error(request, shown), status=shown.status)
    else:
        context = {"request_id": request_id, "error": error}
        text = render_to_string("errors/500.html", context)
        response = HttpResponse(text, status=error.status if error else 500)
    if error:
        response["Retry-After"] = "30"
    return response


def _outage(error: BaseException | None) -> UserFacingError | None:
    """Return what an operator has to mend, if that is why the request failed."""
    for _ in range(10):
        if error is None:
            return None
        if isinstance(error, psycopg.errors.DiskFull):
            return Unavailable(
                "The disk of the database is full.",
                hint="Nothing can be saved until somebody frees space there. What is saved can "
                "still be read.",
            )
        if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
            return Unavailable(
                "The database does not answer.",
                hint="Try again in a minute. /readyz says which part of the portal is away.",
            )
        error = error.__cause__ or error.__context__
    return None


def _page(request: HttpRequest, error: UserFacingError) -> HttpResponse:
    template = "errors/_message.html" if wants_fragment(request) else "errors/error.html"
    return render(request, template, {"error": error}, status=error.status)
