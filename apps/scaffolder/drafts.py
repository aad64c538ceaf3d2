"""
What somebody has typed so far into a golden path, kept in their session.

The whole draft is encrypted, because it may hold secrets; a session keeps a few drafts only.
"""

import json
import secrets as random
import time
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.core.errors import NotFound, UserFacingError
from apps.core.secrets import decrypt, encrypt

_KEY = "golden-path-drafts"
MAX_DRAFTS = 6
MAX_BYTES = 300_000


class DraftTooLarge(UserFacingError):
    """More was typed than a draft can hold."""


@dataclass
class Draft:
    """
    Answers by name; `answered` are the paths somebody has seen, `suggestions` what was filled in
    for them, `idempotency_key` makes two presses of Create one run.
    """

    template_ref: str
    id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, int] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    suggestions: dict[str, Any] = field(default_factory=dict)
    idempotency_key: str = ""
    updated_at: float = 0.0
    touched: bool = False


def new(template_ref: str, *, values: dict[str, Any] | None = None) -> Draft:
    """Return a draft that is not stored yet."""
    return Draft(
        template_ref=template_ref,
        id=random.token_urlsafe(9),
        values=dict(values or {}),
        idempotency_key=random.token_urlsafe(16),
    )


def save(session: MutableMapping[str, Any], draft: Draft) -> None:
    """
    Store a draft; the oldest ones give way.

    :raises DraftTooLarge: if it holds more than MAX_BYTES
    """
    draft.updated_at = time.time()
    text = json.dumps(asdict(draft))
    if len(text) > MAX_BYTES:
        raise DraftTooLarge(
            "What you typed is more than a form of a golden path can hold.",
            hint="Put long texts into the repository afterwards.",
        )
    stored = dict(session.get(_KEY, {}))
    stored[draft.id] = {
        "template": draft.template_ref,
        "at": draft.updated_at,
        "touched": draft.touched,
        "sealed": encrypt(text, context=f"draft:{draft.id}"),
    }
    newest = sorted(stored, key=lambda key: stored[key]["at"], reverse=True)[:MAX_DRAFTS]
    session[_KEY] = {key: stored[key] for key in newest}


def load(session: MutableMapping[str, Any], draft_id: str, template_ref: str) -> Draft:
    """
    Return a stored draft.

    :raises NotFound: if the session has none with this id for this template
    """
    stored = session.get(_KEY, {}).get(draft_id)
    if stored is None or stored["template"] != template_ref:
        raise NotFound(
            "This form is not kept any more.",
            hint="Forms are kept while you are signed in, the last six of them. Start again.",
        )
    return Draft(**json.loads(decrypt(stored["sealed"], context=f"draft:{draft_id}")))


def latest(session: MutableMapping[str, Any], template_ref: str) -> tuple[str, float] | None:
    """Return id and time of the newest draft of a template that somebody has typed into."""
    found = [
        (item["at"], key)
        for key, item in session.get(_KEY, {}).items()
        if item["template"] == template_ref and item.get("touched")
    ]
    return (max(found)[1], max(found)[0]) if found else None


def discard(session: MutableMapping[str, Any], draft_id: str) -> None:
    """Forget a draft."""
    stored = dict(session.get(_KEY, {}))
    if stored.pop(draft_id, None) is not None:
        session[_KEY] = stored
