"""Files, diffs and logs as lines of HTML."""

import re
from dataclasses import dataclass, field
from datetime import datetime

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

from apps.forge.models import WorkflowJob

MAX_FILE_BYTES = 512 * 1024
MAX_HIGHLIGHTED = 100_000
MAX_LOG_LINES = 3000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_STAMPED = re.compile(r"^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.\d+Z ?(.*)$")
_LEVEL = re.compile(r"^##\[(error|warning|notice|debug|command|section)\](.*)$")
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def highlighted_lines(content: bytes, name: str) -> list[SafeString] | None:
    """Return the lines of a text file in colours; None for a file that is no text or too large."""
    if b"\0" in content[:8000] or len(content) > MAX_FILE_BYTES:
        return None
    text = content.decode(errors="replace")
    if len(text) > MAX_HIGHLIGHTED:
        return [mark_safe(escape(line)) for line in text.splitlines()]  # noqa: S308  # escaped
    try:
        lexer = get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    # Pygments escapes what it is given, and ends its spans at each line.
    made = highlight(text, lexer, HtmlFormatter(nowrap=True, classprefix="hl-"))
    return [mark_safe(line) for line in made.removesuffix("\n").split("\n")]  # noqa: S308  # escaped above


def readme(content: bytes) -> SafeString:
    """Return a Markdown file as clean HTML."""
    text = content[:MAX_FILE_BYTES].decode(errors="replace")
    return mark_safe(nh3.clean(_markdown.render(text)))  # noqa: S308  # cleaned


@dataclass(frozen=True)
class DiffLine:
    """A line of a diff: "add", "del", "hunk" or "same", with its numbers."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


def diff_lines(patch: str) -> list[DiffLine]:
    """Return the lines of a patch with their numbers."""
    lines: list[DiffLine] = []
    old = new = 0
    for text in patch.splitlines():
        if match := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)", text):
            old, new = int(match[1]), int(match[2])
            lines.append(DiffLine("hunk", text))
        elif text.startswith("+"):
            lines.append(DiffLine("add", text[1:], new=new))
            new += 1
        elif text.startswith("-"):
            lines.append(DiffLine("del", text[1:], old=old))
            old += 1
        elif text.startswith("\\"):
            lines.append(DiffLine("hunk", text))
        else:
            lines.append(DiffLine("same", text[1:], old, new))
            old, new = old + 1, new + 1
    return lines


@dataclass(frozen=True)
class LogLine:
    """A line of a log: its time, its text, and whether it is an error or a warning."""

    time: str
    text: str
    level: str = ""


@dataclass
class LogStep:
    """A step with its part of the log."""

    name: str
    number: int
    status: str
    conclusion: str
    seconds: float | None
    lines: list[LogLine] = field(default_factory=list)
    left_out: int = 0

    @property
    def is_open(self) -> bool:
        return self.status == "in_progress" or self.conclusion == "failure"


def log_steps(job: WorkflowJob, text: str) -> list[LogStep]:
    """Return the steps of a job with their lines of the log."""
    lines = text.splitlines()
    steps: list[LogStep] = []
    for record in job.steps:
        if record["status"] == "queued":
            part: list[str] = []
        else:
            end = record["to_line"] if record["status"] == "completed" else len(lines)
            part = lines[record["from_line"] : end]
        step = LogStep(
            name=record["name"],
            number=record["number"],
            status=record["status"],
            conclusion=record["conclusion"],
            seconds=_seconds(record),
            left_out=max(0, len(part) - MAX_LOG_LINES),
        )
        step.lines = [_line(line) for line in part[-MAX_LOG_LINES:] if "##[endgroup]" not in line]
        steps.append(step)
    return steps


def _line(line: str) -> LogLine:
    match = _STAMPED.match(line)
    time, text = (match[1], match[2]) if match else ("", line)
    text = _ANSI.sub("", text)
    if text.startswith("##[group]"):
        return LogLine(time, text.removeprefix("##[group]"), "group")
    level = _LEVEL.match(text)
    return LogLine(time, level[2], level[1]) if level else LogLine(time, text)


def _seconds(record: dict[str, str]) -> float | None:
    if not record["started_at"] or not record["completed_at"]:
        return None
    begun, ended = (datetime.fromisoformat(record[key]) for key in ("started_at", "completed_at"))
    return (ended - begun).total_seconds()
