"""Components with content or several parts: card, empty state, notice, dialog, tabs, code."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Page
from django.http import QueryDict
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

# Longer texts are shown without colours, then cut: a page must stay small.
HIGHLIGHT_LIMIT = 60_000
CODE_LIMIT = 200_000
NOTICE_ICONS = {"go": "info", "ok": "check", "warn": "warning", "bad": "error"}


def card(
    content: str,
    *,
    title: str = "",
    more: str = "",
    id: str = "",
    level: int = 2,
    flush: bool = False,
) -> SafeString:
    """{% card title="About" more="small text" %} … {% endcard %}; `flush` has no inner margin."""
    return render_to_string(
        "ui/card.html",
        {
            "content": content,
            "title": title,
            "more": more,
            "id": id,
            "level": level,
            "flush": flush,
        },
    )


def empty(content: str, *, title: str, icon: str = "inbox") -> SafeString:
    """{% empty title="No runs yet" %} what will be here, why not yet, what to do {% endempty %}"""
    return render_to_string("ui/empty.html", {"content": content, "title": title, "icon": icon})


def notice(content: str, *, tone: str = "go", title: str = "") -> SafeString:
    """
    {% notice tone="bad" title="Not saved" %} … {% endnotice %}

    :raises ValueError: if the tone is none of go, ok, warn, bad
    """
    if tone not in NOTICE_ICONS:
        raise ValueError(f"notice: {tone!r} is no tone; use one of go, ok, warn, bad.")
    context = {"content": content, "tone": tone, "title": title, "icon": NOTICE_ICONS[tone]}
    return render_to_string("ui/notice.html", context)


def dialog(content: str, *, id: str, title: str) -> SafeString:
    """{% dialog id="confirm" title="Delete?" %}; opened by a button with data-opens="confirm"."""
    return render_to_string("ui/dialog.html", {"content": content, "id": id, "title": title})


def tabs(items: Iterable[object], current: str = "", label: str = "Sections") -> SafeString:
    """{% tabs items current %}: items have key, label, url and perhaps count."""
    return render_to_string("ui/tabs.html", {"items": items, "current": current, "label": label})


def code(text: object, language: str = "", copy: bool = True) -> SafeString:
    """{% code text language="yaml" %}: highlighted, bounded, with a copy button."""
    source = str(text)
    shown = source[:CODE_LIMIT]
    context = {
        "html": highlighted(shown, language),
        "source": source if copy and len(source) <= CODE_LIMIT else "",
        "cut": len(source) - len(shown),
        "language": language,
    }
    return render_to_string("ui/code.html", context)


def highlighted(text: str, language: str) -> SafeString:
    """Return `text` as escaped HTML with classes; plain where long or of no known language."""
    if len(text) > HIGHLIGHT_LIMIT:
        return escape(text)
    try:
        lexer = get_lexer_by_name(language, stripnl=False) if language else TextLexer()
    except ClassNotFound:
        lexer = TextLexer()
    formatter = HtmlFormatter(nowrap=True, classprefix="hl-")
    # Pygments escapes what it is given.
    return mark_safe(highlight(text, lexer, formatter))  # noqa: S308  # escaped above


def copy_button(text: object, label: str = "Copy") -> SafeString:
    """{% copy_button text %}: appears where JavaScript runs."""
    return format_html(
        '<button type="button" class="button button--small" data-behaviour="copy" data-copy="{}" '
        "hidden>{}</button>",
        text,
        label,
    )


def pagination(context: Context, page: Page[Any], noun: str = "") -> SafeString:
    """{% pagination page noun="components" %}: keeps the rest of the address."""
    return render_to_string(
        "ui/pagination.html",
        {
            "page": page,
            "noun": noun,
            "previous": _address(context, page=page.previous_page_number())
            if page.has_previous()
            else "",
            "next": _address(context, page=page.next_page_number()) if page.has_next() else "",
        },
    )


def sort_link(context: Context, key: str, label: str, current: str = "") -> SafeString:
    """{% sort_link "name" "Name" sort %}: a table heading that sorts, and turns when it does."""
    arrow = {key: " ↑", f"-{key}": " ↓"}.get(current, "")
    target = f"-{key}" if current == key else key
    return format_html(
        '<a href="{}">{}<span aria-hidden="true">{}</span></a>',
        _address(context, sort=target, page=None),
        label,
        arrow,
    )


def _address(context: Context, **changes: object) -> str:
    query = QueryDict(mutable=True)
    request = context.get("request")
    if request is not None:
        query.update(request.GET)
    return query_with(query, changes)


def query_with(query: QueryDict, changes: Mapping[str, object]) -> str:
    """Return "?…" of `query` with some keys replaced, or left out where the value is None."""
    changed = query.copy()
    for key, value in changes.items():
        if value is None:
            changed.pop(key, None)
        else:
            changed[key] = str(value)
    return f"?{changed.urlencode()}"
