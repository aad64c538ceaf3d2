"""How GitHub writes moments, node ids and addresses."""

import base64
from datetime import UTC, datetime

from django.conf import settings


def moment(at: datetime) -> str:
    """Return a moment in UTC with whole seconds: 2026-11-21T09:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_none(at: datetime | None) -> str | None:
    """Return a moment, or None."""
    return moment(at) if at else None


def node_id(kind: str, id: object) -> str:
    """Return the opaque id that GitHub's GraphQL would use."""
    text = f"{kind}:{id}"
    return base64.b64encode(f"0{len(kind)}:{text}".encode()).decode()


def api(path: str) -> str:
    """Return the address of an API path ("/user")."""
    return f"{settings.EMBEDDED_FORGE_URL}/api/v3{path}"


def page(path: str) -> str:
    """Return the address of a page of the forge ("/acme")."""
    return f"{settings.EMBEDDED_FORGE_URL}{path}"
