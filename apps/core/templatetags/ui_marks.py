"""Small marks: icon, badge, face, level, dot, check mark, time."""

import re
from datetime import UTC, datetime
from zlib import crc32

from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

FACE_HUES = 12
TONES = frozenset({"", "ok", "warn", "bad", "go"})
LEVELS = {"gold": 3, "silver": 2, "bronze": 1, "none": 0}
DOT_STATES = frozenset({"ok", "bad", "run", "warn", "idle"})

KIND_ICONS = {
    "component": "component",
    "api": "api",
    "resource": "resource",
    "system": "system",
    "domain": "domain",
    "group": "teams",
    "user": "user",
    "template": "template",
    "location": "location",
}
TYPE_ICONS = {
    "website": "website",
    "library": "library",
    "database": "database",
    "documentation": "docs",
}

MARK_PATHS = {
    "ok": "M2.500 6.500 5 9l4.500-5.500",
    "bad": "M6 2.500v4.500M6 9.500v.1",
    "warn": "M6 2.500v4.500M6 9.500v.1",
    "na": "M3 6h6",
}
MARK_WORDS = {
    "ok": "passes",
    "bad": "fails",
    "warn": "warning",
    "na": "not applicable",
    "todo": "to do",
    "now": "running",
}


def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """{% icon "star" %}: a symbol of static/icons/sprite.svg; decoration unless it has a label."""
    hidden = format_html('role="img" aria-label="{}"', label) if label else _HIDDEN
    variant = f" icon--{size}" if size else ""
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"/></svg>',
        variant,
        hidden,
        static("icons/sprite.svg"),
        name,
    )


def badge(text: object, tone: str = "") -> SafeString:
    """
    {% badge "production" tone="ok" %}: a word on a tinted ground.

    :raises ValueError: if the tone is none of ok, warn, bad, go or empty
    """
    if tone not in TONES:
        raise ValueError(f"badge: {tone!r} is no tone; use one of ok, warn, bad, go.")
    return format_html('<span class="badge" data-tone="{}">{}</span>', tone, text)


def kind_icon(kind: str, type: str = "", big: bool = False) -> SafeString:
    """{% kind_icon entity.kind entity.type %}: the square in front of an entity's name."""
    return format_html(
        '<span class="kind{}" title="{}">{}</span>',
        " kind--big" if big else "",
        type or kind,
        icon(kind_icon_name(kind, type)),
    )


def kind_icon_name(kind: str, type: str = "") -> str:
    """Return the symbol of an entity: that of its type where it has one, else of its kind."""
    return TYPE_ICONS.get(type.lower()) or KIND_ICONS.get(kind.lower(), "entity")


def face(name: str, team: bool = False, big: bool = False) -> SafeString:
    """{% face "Dana Okafor" %}: initials in a colour of the name's own; a square for a team."""
    classes = f"face face--h{crc32(name.encode()) % FACE_HUES}"
    classes += " face--team" if team else ""
    classes += " face--big" if big else ""
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, initials(name))


def initials(name: str) -> str:
    """Return the two letters that stand for a name: of its words, or its first two."""
    words: list[str] = re.findall(r"\w+", name)
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


def level(name: str, label: str = "") -> SafeString:
    """{% level "gold" %}: one to three bars and the level's name."""
    key = (name or "none").lower()
    height = LEVELS.get(key, 0)
    word = label or ("No level" if key == "none" else key.capitalize())
    return format_html(
        '<span class="level" data-level="{}"><svg viewBox="0 0 13 14" aria-hidden="true">{}</svg>{}'
        "</span>",
        key,
        _LEVEL_BARS[height],
        word,
    )


def dot(state: str, text: object = "") -> SafeString:
    """
    {% dot "ok" "passing" %}: a state as shape, colour and word.

    :raises ValueError: if the state is none of ok, bad, run, warn, idle
    """
    if state not in DOT_STATES:
        raise ValueError(f"dot: {state!r} is no state; use one of ok, bad, run, warn, idle.")
    return format_html('<span class="dot" data-state="{}">{}</span>', state, text or state)


def mark(name: str, label: str = "") -> SafeString:
    """
    {% mark "bad" %}: the sign in front of a rule or a step; `label` replaces the spoken word.

    :raises ValueError: if the mark is none of ok, bad, na, todo, now, warn
    """
    if name not in MARK_WORDS:
        raise ValueError(f"mark: {name!r} is no mark; use one of {', '.join(MARK_WORDS)}.")
    path = MARK_PATHS.get(name)
    drawing = (
        format_html('<svg viewBox="0 0 12 12" aria-hidden="true"><path d="{}"/></svg>', path)
        if path
        else ""
    )
    return format_html(
        '<span class="mark" data-mark="{}" role="img" aria-label="{}">{}</span>',
        name,
        label or MARK_WORDS[name],
        drawing,
    )


def ago(moment: datetime | None, short: bool = False) -> SafeString:
    """{% ago run.finished_at %}: how long ago, the exact moment on hover; `short` fits a table."""
    if moment is None:
        return mark_safe('<span class="dim">never</span>')
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        exact.isoformat(timespec="seconds"),
        f"{exact:%-d %B %Y, %H:%M:%S}",
        relative_time((timezone.now() - moment).total_seconds(), short=short),
    )


def relative_time(seconds: float, *, short: bool = False) -> str:
    """Return "4 minutes ago" or "in 2 hours"; "4 min" and "in 2 h" in short."""
    size = abs(seconds)
    if size < 10:
        return "now"
    length, name, brief = next(unit for unit in _UNITS if size >= unit[0])
    count = int(size // length)
    if short:
        text = f"{count} {brief}"
        return text if seconds > 0 else f"in {text}"
    text = f"{count} {name}{'' if count == 1 else 's'}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def duration(seconds: float | None) -> str:
    """{% duration 192 %}: "3 min 12 s"; tenths below a minute."""
    if seconds is None:
        return "–"
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 10 or seconds % 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


_UNITS = (
    (365 * 86400, "year", "y"),
    (86400, "day", "d"),
    (3600, "hour", "h"),
    (60, "minute", "min"),
    (1, "second", "s"),
)
_HIDDEN = mark_safe('aria-hidden="true"')


def _level_bars(height: int) -> SafeString:
    """Draw three bars, the lowest `height` of them filled."""
    rows = (("level__on" if 3 - row <= height else "level__off", row * 5) for row in range(3))
    return format_html_join("", '<rect class="{}" y="{}" width="13" height="3.5" rx="1"/>', rows)


_LEVEL_BARS = [_level_bars(height) for height in range(4)]
