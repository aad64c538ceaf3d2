"""Sends events to hooks."""

import hashlib
import hmac
import json
import time
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from celery import shared_task
from django.utils import timezone

from apps.core.queue import enqueue
from apps.core.secrets import decrypt
from apps.forge.models import Hook, HookDelivery

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 20_000
LATE_AFTER = timedelta(seconds=15)
ABANDONED_AFTER = timedelta(minutes=2)
# As long as GitHub offers them for redelivery.
KEPT_FOR = timedelta(days=3)
SWEPT_AT_ONCE = 200


@shared_task(name="forge.deliver_hook", ignore_result=True)
def deliver_hook(*, delivery_id: int, **_newer: object) -> None:
    """Send one delivery and record what was answered; GitHub tries once, and so do we."""
    # A message may come twice; the row says whose it is.
    waiting = HookDelivery.objects.filter(pk=delivery_id, status=HookDelivery.PENDING)
    if not waiting.update(status=HookDelivery.SENDING):
        return
    delivery = HookDelivery.objects.select_related("hook").get(pk=delivery_id)
    hook = delivery.hook
    content = json.dumps(delivery.payload, separators=(",", ":"))
    body = content.encode()
    delivery.request_headers = _headers(delivery, body)
    started = time.monotonic()
    try:
        _send(hook, delivery, body)
    except requests.RequestException as error:
        delivery.status_code, delivery.status = 0, _why(error)
    delivery.duration_seconds = round(time.monotonic() - started, 3)
    delivery.delivered_at = timezone.now()
    delivery.save()


@shared_task(name="forge.sweep_deliveries", ignore_result=True)
def sweep_deliveries(**_newer: object) -> None:
    """Find deliveries whose message was lost or whose worker died, and remove old ones."""
    now = timezone.now()
    unsent = HookDelivery.objects.filter(delivered_at=None)
    unsent.filter(created_at__lt=now - ABANDONED_AFTER, status=HookDelivery.SENDING).update(
        status=HookDelivery.PENDING
    )
    late = unsent.filter(created_at__lt=now - LATE_AFTER, status=HookDelivery.PENDING)
    for pk in late.order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        enqueue("forge.deliver_hook", delivery_id=pk)
    HookDelivery.objects.filter(created_at__lt=now - KEPT_FOR).delete()


def secret_of(hook: Hook) -> str:
    """Return the secret a hook signs with; empty without one."""
    return decrypt(hook.secret, context="forge-hook") if hook.secret else ""


def _headers(delivery: HookDelivery, body: bytes) -> dict[str, str]:
    hook = delivery.hook
    of = (
        ("repository", hook.repository_id)
        if hook.repository_id
        else ("organization", hook.organization_id)
    )
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/forge",
        "X-GitHub-Delivery": str(delivery.guid),
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(hook.pk),
        "X-GitHub-Hook-Installation-Target-ID": str(of[1]),
        "X-GitHub-Hook-Installation-Target-Type": of[0],
    }
    secret = secret_of(hook)
    if secret:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
    return headers


def _send(hook: Hook, delivery: HookDelivery, body: bytes) -> None:
    if urlsplit(hook.url).scheme not in {"http", "https"}:
        raise requests.exceptions.InvalidSchema("only http and https")
    # The portal stands on loopback beside the forge, so the address guard of the portal's own
    # outgoing requests would refuse exactly the address this is for. No redirects are followed.
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            hook.url,
            data=body,
            headers=delivery.request_headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            verify=not hook.insecure_ssl,
            stream=True,
        )
        raw = answer.raw.read(MAX_ANSWER_BYTES, decode_content=True) or b""
    delivery.response_body = raw.decode(errors="replace").replace("\0", "")
    delivery.response_headers = dict(answer.headers)
    delivery.status_code = answer.status_code
    delivery.status = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status_code}"


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "timed out"
    return "failed to connect to host"
