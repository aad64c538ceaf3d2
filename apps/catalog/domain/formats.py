"""The formats of an entity's fields (backstage-spec.md 1.2); whole-string matches, with lengths."""

import re
from typing import Any
from urllib.parse import urlsplit

_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_DNS_LABEL = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*")
_KIND = re.compile(r"[a-zA-Z][a-z0-9A-Z]*")
_VERSION = re.compile(r"[a-z0-9A-Z]+")
_TAG = re.compile(r"[a-z0-9:+#]+(?:-[a-z0-9:+#]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_DANGEROUS_SCHEMES = frozenset({"javascript", "data", "vbscript"})

NAME_HINT = (
    "Use letters, digits, hyphens, underscores and dots, beginning and ending with a letter or "
    "digit, at most 63 characters."
)


def _is(pattern: re.Pattern[str], value: Any, maximum: int = 63) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= maximum and bool(pattern.fullmatch(value))


def is_name(value: Any) -> bool:
    """Tell whether this can be an entity's name."""
    return _is(_NAME, value)


def is_namespace(value: Any) -> bool:
    """Tell whether this can be a namespace: a DNS label in lower case."""
    return _is(_DNS_LABEL, value)


def is_kind(value: Any) -> bool:
    """Tell whether this can be a kind."""
    return _is(_KIND, value)


def is_dns_subdomain(value: Any) -> bool:
    """Tell whether this is a DNS subdomain in lower case."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= 253
        and all(is_namespace(label) for label in value.split("."))
    )


def is_api_version(value: Any) -> bool:
    """Tell whether this is `suffix` or `prefix/suffix`."""
    if not isinstance(value, str):
        return False
    prefix, slash, suffix = value.rpartition("/")
    return _is(_VERSION, suffix) and (not slash or is_dns_subdomain(prefix))


def is_key(value: Any) -> bool:
    """Tell whether this can be the key of a label or annotation."""
    if not isinstance(value, str):
        return False
    prefix, slash, name = value.rpartition("/")
    return is_name(name) and (not slash or is_dns_subdomain(prefix))


def is_label_value(value: Any) -> bool:
    """Tell whether this can be the value of a label."""
    return value == "" or is_name(value)


def is_tag(value: Any) -> bool:
    """Tell whether this can be a tag."""
    return _is(_TAG, value)


def is_absolute_url(value: Any) -> bool:
    """Tell whether this is an absolute URL, of whatever scheme."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return False
    if not _SCHEME.fullmatch(parts.scheme):
        return False
    if parts.scheme.lower() in {"http", "https"}:
        return bool(parts.netloc)
    return bool(parts.netloc or parts.path)


def is_dangerous_url(value: str) -> bool:
    """
    Tell whether a browser would run this as a script instead of opening it (B25).

    Browsers ignore control characters and leading spaces in schemes, so they are dropped first.
    """
    plain = re.sub(r"[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]", "", value)
    return plain.partition(":")[0].lower() in _DANGEROUS_SCHEMES and ":" in plain
