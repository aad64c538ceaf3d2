"""Sign-in is required everywhere but on a short list."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from apps.core import audit

# Prefixes that answer without a signed-in person; API paths check tokens themselves.
OPEN_PREFIXES = ("/static/", "/healthz", "/readyz", "/metrics", "/api/", "/webhooks/", "/accounts/")


class SignInRequiredMiddleware:
    """Sends people who are not signed in to the sign-in page; names the actor for the audit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated:
            audit.set_actor(
                audit.Actor(
                    type="person",
                    id=str(user.pk),
                    name=user.get_username(),
                    auth_method="session",
                    source_address=request.META.get("REMOTE_ADDR") or None,
                    request_id=getattr(request, "request_id", ""),
                )
            )
            return self.get_response(request)
        audit.set_actor(
            audit.Actor(
                type="anonymous", name="", source_address=request.META.get("REMOTE_ADDR") or None
            )
        )
        if request.path.startswith(OPEN_PREFIXES):
            return self.get_response(request)
        return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))
