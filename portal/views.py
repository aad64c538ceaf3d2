"""Pages that belong to no app: home, health, gallery."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what the signed-in person owns and should look at first."""
    return render(request, "home.html")


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """Tell that the process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Tell whether everything the portal needs works."""
    return JsonResponse({"status": "ok"})


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component, for those who build pages."""
    return render(request, "gallery.html")
