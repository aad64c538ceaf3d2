"""What a step tells the runner: lines like `::error file=a.py::text`, and files of `name=value`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_LINE = re.compile(r"^\s*::([A-Za-z-]+)(?:\s+([^:]*(?:::?[^:]+)*?))?::(.*)$", re.DOTALL)
_OLD_LINE = re.compile(r"^\s*##\[([A-Za-z-]+)(?:\s+([^\]]*))?\](.*)$", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
# GitHub's own limits: 1 MB for one value, 1 MiB for a summary.
MAX_VALUE = 1024 * 1024
MAX_FILE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Command:
    """A command that a step printed."""

    name: str
    message: str
    properties: dict[str, str] = field(default_factory=dict)


class FileCommandInvalid(ValueError):
    """GITHUB_OUTPUT or GITHUB_ENV holds something else than `name=value` or a block."""


def parse_command(line: str) -> Command | None:
    """Return the command that a printed line is, or None."""
    match = _LINE.match(line) if "::" in line[:200] else None
    if match is None:
        match = _OLD_LINE.match(line) if "##[" in line[:200] else None
    if match is None:
        return None
    name, properties, message = match.groups()
    values: dict[str, str] = {}
    for part in (properties or "").split(","):
        key, separator, value = part.partition("=")
        if separator and value:
            values[key.strip().lower()] = _unescape(value.strip(), in_property=True)
    return Command(name.lower(), _unescape(message, in_property=False), values)


def _unescape(text: str, *, in_property: bool) -> str:
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    if in_property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%25", "%")


def parse_file(text: str) -> dict[str, str]:
    """
    Return the values that a step wrote to GITHUB_OUTPUT or GITHUB_ENV.

    A value is `name=value`, or a block from `name<<END` to a line `END`.

    :raises FileCommandInvalid: with the line
    """
    if len(text) > MAX_FILE:
        raise FileCommandInvalid(f"the file is larger than {MAX_FILE} bytes")
    values: dict[str, str] = {}
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if not line.strip():
            continue
        name, separator, value = line.partition("=")
        block_name, block, delimiter = line.partition("<<")
        if block and (not separator or len(block_name) < len(name)):
            name, value = block_name, _block(delimiter, lines, number)
        elif not separator:
            raise FileCommandInvalid(f"line {number} is neither name=value nor name<<END")
        if not _NAME.fullmatch(name.strip()):
            raise FileCommandInvalid(f"line {number}: {name[:80]!r} is no name")
        if len(value) > MAX_VALUE:
            raise FileCommandInvalid(f"line {number}: the value of {name[:80]} is too long")
        values[name.strip()] = value
    return values


def _block(delimiter: str, lines: Iterable[tuple[int, str]], start: int) -> str:
    if not delimiter:
        raise FileCommandInvalid(f"line {start} names no word that ends the block")
    block: list[str] = []
    for _, line in lines:
        if line == delimiter:
            return "\n".join(block)
        block.append(line)
    raise FileCommandInvalid(f"the block of line {start} is not ended by {delimiter[:80]!r}")
