"""The choice between light and dark."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.accounts import preferences
from apps.accounts.models import User
from apps.core.errors import InvalidInput

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_POST
def theme_set(request: HttpRequest) -> HttpResponse:
    """Keep the theme with the person and in a cookie, which serves the sign-in page."""
    theme = request.POST.get("theme", "")
    if theme not in preferences.THEMES:
        raise InvalidInput("There is no such theme.", hint="Choose system, light or dark.")
    if isinstance(request.user, User):
        preferences.set_theme(user=request.user, theme=theme)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    response = redirect(target if safe else "home")
    response.set_cookie(
        "theme",
        theme,
        max_age=YEAR_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response
