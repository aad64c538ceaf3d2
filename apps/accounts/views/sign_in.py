"""Signing in by one-time link and, in the demonstration, by one click."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import sign_in

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Show a button that signs in; a GET changes nothing, so a link preview cannot use it up."""
    if request.method == "GET":
        return render(request, "accounts/sign_in_link.html")
    user = sign_in.use_link(secret=secret, now=timezone.now())
    login(request, user, backend=BACKEND)
    return redirect("home")


@require_POST
def demo_sign_in(request: HttpRequest, person: str) -> HttpResponse:
    """Sign in as one of the demonstration's people; on this machine only."""
    user = sign_in.demonstration_person(request=request, person=person)
    login(request, user, backend=BACKEND)
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("home")
