"""What a README answers."""

import re
from typing import Any

# Each question with the words that a heading which answers it has.
QUESTIONS = {
    "what": r"what|about|overview|introduction|description|purpose|why|goal",
    "run": r"run|running|start(?:ed)?|quick ?start|install\w*|develop\w*|local\w*|set ?up|build\w*",
    "test": r"tests?|testing|checks?|quality",
    "use": r"deploy\w*|usage|use|using|releas\w*|operat\w*|api|endpoints?|publish\w*|configur\w*",
}
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_BADGE = re.compile(r"\[?!\[[^\]]*\]\([^)]*\)(\]\([^)]*\))?|<img[^>]*>")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_PLACEHOLDER = re.compile(
    r"\b(todo|tbd|fixme|lorem ipsum|change ?me|your (text|description))\b|<[^>]+>", re.I
)
# A sentence under the title that is this long says what the thing is.
INTRODUCTION = 40


def parse_readme(path: str, text: str) -> dict[str, Any]:
    """Return length outside badges and code, headings with lines, and the questions answered."""
    headings: list[dict[str, Any]] = []
    characters, introduction, in_code = 0, 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line):
            in_code = not in_code
            continue
        if in_code or line.startswith("    "):
            continue
        heading = _HEADING.match(line)
        if heading:
            headings.append({"text": heading.group(2)[:100], "line": number})
            continue
        plain = _LINK.sub(r"\1", _BADGE.sub("", line)).strip()
        if _PLACEHOLDER.search(plain):
            continue
        characters += len(plain)
        if len(headings) <= 1:
            introduction += len(plain)
    answers = {key: _answered(pattern, headings) for key, pattern in QUESTIONS.items()}
    answers["what"] = answers["what"] or introduction >= INTRODUCTION
    return {
        "exists": True,
        "path": path,
        "characters": characters,
        "headings": headings[:100],
        "missing": [key for key, answered in answers.items() if not answered],
    }


def _answered(pattern: str, headings: list[dict[str, Any]]) -> bool:
    word = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    return any(word.search(heading["text"]) for heading in headings)


NO_README: dict[str, Any] = {
    "exists": False,
    "path": "",
    "characters": 0,
    "headings": [],
    "missing": list(QUESTIONS),
}
