"""Addresses for machines: alive, ready, metrics."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from apps.core import health
from portal.metrics import metrics_registry


@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """Tell that the process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Tell whether everything the portal needs works; 503 names each part that does not."""
    checks = health.check_all(now=timezone.now())
    failing = {check.name: check.message for check in checks if not check.ok}
    body = {
        "status": "unavailable" if failing else "ok",
        "checks": {check.name: "ok" if check.ok else check.message for check in checks},
        "failing": sorted(failing),
    }
    response = JsonResponse(body, status=503 if failing else 200)
    if failing:
        response["Retry-After"] = "5"
    return response


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format; every figure is read from the database at this moment."""
    return HttpResponse(generate_latest(metrics_registry()), content_type=CONTENT_TYPE_LATEST)
