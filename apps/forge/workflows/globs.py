"""
The patterns of `branches`, `tags` and `paths`.

`*` stops at a slash, `**` does not, `?` and `+` repeat what stands before them, `[]` is a set, and
a leading `!` takes away what earlier patterns let in (GitHub's "filter pattern cheat sheet").
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache


class PatternInvalid(ValueError):
    """A pattern cannot be read."""


@lru_cache(maxsize=1024)
def pattern_to_regex(pattern: str) -> re.Pattern[str]:
    """
    Return the regular expression of one pattern, without its leading "!".

    :raises PatternInvalid: for an open set, or a repetition of nothing
    """
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**/", index):
            # "**/docs" also means "docs".
            parts.append("(?:.*/)?")
            index += 3
            continue
        if pattern.startswith("**", index):
            parts.append(".*")
            index += 2
            continue
        if char == "*":
            parts.append("[^/]*")
        elif char in "?+":
            if not parts or parts[-1][-1] in "*?+":
                raise PatternInvalid(f"{char!r} repeats nothing in {pattern!r}")
            parts[-1] += char
        elif char == "[":
            end = pattern.find("]", index + 1)
            if end < 0:
                raise PatternInvalid(f"the set opened by '[' is not closed in {pattern!r}")
            parts.append(_set(pattern[index + 1 : end], pattern))
            index = end
        elif char == "\\" and index + 1 < len(pattern):
            index += 1
            parts.append(re.escape(pattern[index]))
        else:
            parts.append(re.escape(char))
        index += 1
    return re.compile("".join(parts) + r"\Z", re.DOTALL)


def _set(content: str, pattern: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.\-]+", content):
        raise PatternInvalid(f"a set holds letters, digits and ranges only, in {pattern!r}")
    try:
        re.compile(f"[{content}]")
    except re.error as error:
        raise PatternInvalid(f"{error} in {pattern!r}") from None
    return f"[{content}]"


def selects(patterns: Sequence[str], name: str) -> bool:
    """Tell whether a name passes a list of patterns; the last one that matches decides."""
    selected = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        if pattern_to_regex(pattern[1:] if negated else pattern).match(name):
            selected = not negated
    return selected


def any_selected(patterns: Sequence[str], names: Iterable[str]) -> bool:
    """Tell whether at least one of the names passes."""
    return any(selects(patterns, name) for name in names)
