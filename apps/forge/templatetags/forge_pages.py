"""Template tags of the forge's pages: states of runs as shape and word."""

from typing import Any
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString

from apps.core.templatetags import ui_marks

register = template.Library()

_DOTS = {
    "success": ("ok", "succeeded"),
    "failure": ("bad", "failed"),
    "cancelled": ("idle", "cancelled"),
    "skipped": ("idle", "skipped"),
    "neutral": ("idle", "neutral"),
    "in_progress": ("run", "running"),
    "pending": ("idle", "waiting"),
    "queued": ("idle", "queued"),
}
_MARKS = {
    "success": "ok",
    "failure": "bad",
    "in_progress": "now",
    "queued": "todo",
    "pending": "todo",
}


@register.simple_tag
def state_dot(thing: Any) -> SafeString:
    """{% state_dot run %}: how a run, a job, a check or a step stands."""
    state, word = _DOTS.get(thing.conclusion or thing.status, ("warn", thing.conclusion))
    return ui_marks.dot(state, word)


@register.simple_tag
def state_mark(thing: Any) -> SafeString:
    """{% state_mark step %}: the same as a small mark."""
    state = thing.conclusion or thing.status
    word = _DOTS.get(state, ("", state))[1]
    return ui_marks.mark(_MARKS.get(state, "na"), word)


@register.filter
def lasted(thing: Any) -> float | None:
    """{{ run|lasted }}: seconds from start to end, None while it runs."""
    if thing.started_at is None or thing.completed_at is None:
        return None
    return float((thing.completed_at - thing.started_at).total_seconds())


@register.filter
def subject(message: str) -> str:
    """{{ commit.message|subject }}: the first line."""
    return message.strip().partition("\n")[0][:200]


@register.filter
def below(path: str, name: str) -> str:
    """{{ place.path|below:entry.path }}: the address of an entry of a folder."""
    return quote(f"{path}/{name}".strip("/"))
