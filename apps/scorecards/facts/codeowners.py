"""CODEOWNERS as GitHub reads it."""

import re
from typing import Any

# GitHub takes the first that exists; docs.github.com "About code owners".
LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
# GitHub ignores a larger file.
MAX_BYTES = 3_000_000
_DEFAULTS = frozenset({"*", "**", "/**", "/*"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def parse_codeowners(path: str, text: str) -> dict[str, Any]:
    """Return the default pattern's line and owners, and owners that are e-mail addresses."""
    default_line, owners, emails, patterns = 0, [], [], 0
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        patterns += 1
        if words[0] in _DEFAULTS:
            # The last matching pattern wins; one without owners unsets them.
            default_line, owners = number, words[1:]
        emails += [
            {"path": path, "line": number, "owner": word}
            for word in words[1:]
            if _EMAIL.fullmatch(word)
        ]
    return {
        "exists": True,
        "path": path,
        "patterns": patterns,
        "default_line": default_line,
        "owners": owners[:50],
        "has_default": bool(default_line and owners),
        "email_owners": emails[:50],
    }


NO_CODEOWNERS: dict[str, Any] = {
    "exists": False,
    "path": "",
    "patterns": 0,
    "default_line": 0,
    "owners": [],
    "has_default": False,
    "email_owners": [],
}
