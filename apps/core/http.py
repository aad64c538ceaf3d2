"""Types of a request, and the one decision between page and fragment."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from apps.accounts.models import User


class PortalRequest(HttpRequest):
    """A request behind the portal's middleware: somebody is signed in."""

    htmx: HtmxDetails
    user: "User"
    request_id: str


def wants_fragment(request: HttpRequest) -> bool:
    """Tell whether to send a fragment: htmx asks, and not for a whole page or a restored one."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not htmx.boosted and not htmx.history_restore_request
