"""The address to which the forge sends its deliveries."""

import hashlib
import hmac
import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.integrations import services

MAX_BODY = 2 * 1024 * 1024


@csrf_exempt
@require_POST
def github_webhook(request: HttpRequest) -> HttpResponse:
    """
    Keep a signed delivery and answer at once: 202, or 200 for one that is known already.

    The signature is checked over the raw bytes before anything is parsed or written.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MAX_BODY:
        return _said(413, "A delivery may have 2 MB.")
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return _said(413, "A delivery may have 2 MB.")
    if not is_signed(
        body,
        secret=settings.GITHUB_WEBHOOK_SECRET,
        signature=request.headers.get("X-Hub-Signature-256", ""),
    ):
        return _said(401, "The signature is missing or wrong.")
    guid = request.headers.get("X-GitHub-Delivery", "")
    event = request.headers.get("X-GitHub-Event", "")
    if not guid or not event:
        return _said(400, "The headers X-GitHub-Delivery and X-GitHub-Event are needed.")
    if event == "ping":
        return _said(200, "pong")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _said(400, "The body is not JSON.")
    if not isinstance(payload, dict) or b"\\u0000" in body:
        return _said(400, "The body is not a JSON object that can be kept.")
    new = services.receive_delivery(guid=guid, event=event, payload=payload)
    return _said(202 if new else 200, "accepted" if new else "known already")


def is_signed(body: bytes, *, secret: str, signature: str) -> bool:
    """Tell whether a body carries GitHub's HMAC-SHA256 of it; without a secret, nothing does."""
    if not secret:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.encode())


def _said(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
