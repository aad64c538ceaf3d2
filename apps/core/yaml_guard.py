"""
The one door for YAML from outside (reliability.md 1.3, rule 5).

libyaml reads events; nothing is composed recursively, so depth, size and aliases are bounded before
they cost anything. Plain scalars follow the core schema of YAML 1.2, as Backstage reads them: `yes`
and dates are text, `012` is twelve, `<<` is an ordinary key.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out

from apps.core.errors import UserFacingError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 100_000
# No entity needs a longer number, and Python takes quadratic time for long ones.
MAX_NUMBER = 100

Path = tuple[str | int, ...]

_MARKER = re.compile(r"^(?:---)(?=\s|\Z)", re.MULTILINE)
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAY_BE_SPECIAL = frozenset("0123456789+-.~nNtTfF")


class InvalidYaml(UserFacingError):
    """The text is not YAML that may be read; `line` counts from 1 in the file."""

    def __init__(self, message: str, *, line: int, where: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint, where=f"{where}:{line}" if where else f"line {line}")
        self.line = line


@dataclass(frozen=True)
class Document:
    """
    One document of a YAML stream: its value, or the error that keeps it from having one.

    `line` is where it begins in the file; `lines` maps the path of each key and item to its line.
    """

    value: Any
    line: int
    error: InvalidYaml | None = None
    text: str = field(default="", repr=False)
    text_line: int = field(default=1, repr=False)

    @cached_property
    def lines(self) -> dict[Path, int]:
        """The line of each key and item; read again on demand, since only errors need it."""
        found: dict[Path, int] = {}
        if self.error is None and self.text:
            for _value, line in _Reader(self.text, self.text_line, "", found).documents():
                if line == self.line:
                    break
                found.clear()
        return found

    def line_of(self, path: Path) -> int:
        """Return the line of `path`, or of its nearest parent that the document has."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.line


def load_documents(data: bytes, *, where: str) -> list[Document]:
    """
    Return the documents of a YAML stream; empty ones are left out.

    An error belongs to its document and never hides the others. `where` is the file's name in
    errors. What concerns the whole file (size, encoding) is one document with an error.
    """
    try:
        text = _decode(data, where)
    except InvalidYaml as error:
        return [Document(None, error.line, error)]
    found: list[Document] = []
    for chunk, first_line in _chunks(text):
        try:
            found.extend(
                Document(value, line, None, chunk, first_line)
                for value, line in _Reader(chunk, first_line, where).documents()
                if value is not None
            )
        except InvalidYaml as error:
            found.append(Document(None, error.line, error))
    return found


def load_one(data: bytes, *, where: str) -> Document:
    """
    Return the only document of a YAML stream.

    :raises InvalidYaml: if it cannot be read, or there are none or several
    """
    documents = load_documents(data, where=where)
    for document in documents:
        if document.error:
            raise document.error
    if len(documents) != 1:
        raise InvalidYaml(
            f"There must be exactly one document here, not {len(documents)}.",
            line=documents[1].line if documents else 1,
            where=where,
        )
    return documents[0]


def _decode(data: bytes, where: str) -> str:
    if len(data) > MAX_BYTES:
        raise InvalidYaml(
            f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.",
            line=1,
            where=where,
            hint="Split it, or move long definitions into files of their own.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidYaml(
            f"The file is not UTF-8 (byte {error.start:,}).",
            line=data.count(b"\n", 0, error.start) + 1,
            where=where,
            hint="Save it as UTF-8.",
        ) from None
    nul = text.find("\0")
    if nul >= 0:
        raise InvalidYaml(
            "The file has a NUL character.",
            line=text.count("\n", 0, nul) + 1,
            where=where,
            hint="Save it as UTF-8 text.",
        )
    return text


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Cut the stream at `---` lines, so that an error ends with its document."""
    starts = [0, *(match.start() for match in _MARKER.finditer(text)), len(text)]
    line = 1
    for start, end in pairwise(starts):
        chunk = text[start:end]
        if start or chunk.startswith("---") or not _only_directives(chunk):
            yield chunk, line
        line += chunk.count("\n")


def _only_directives(chunk: str) -> bool:
    return all(not line.strip() or line[0] in "%#" for line in chunk.splitlines())


class _Frame:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "container", "count", "key", "key_lines", "mark")

    def __init__(self, container: Any, mark: Any, anchor: str | None, count: int) -> None:
        self.container = container
        self.mark = mark
        self.anchor = anchor
        self.count = count
        self.key: str | None = None
        self.key_lines: dict[str, int] = {}


class _Reader:
    """Reads the documents of one chunk from libyaml's events."""

    def __init__(
        self, text: str, first_line: int, where: str, lines: dict[Path, int] | None = None
    ) -> None:
        self.text = text
        self.first_line = first_line
        self.where = where
        self.lines = lines

    def documents(self) -> Iterator[tuple[Any, int]]:
        """
        Yield (value, line) of each document.

        :raises InvalidYaml: with the line
        """
        parser = CParser(self.text)
        try:
            while (event := parser.get_event()) is not None:
                if isinstance(event, yaml.DocumentStartEvent):
                    yield self._document(parser)
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except (yaml.YAMLError, UnicodeError) as error:
            line = self.first_line
            raise InvalidYaml(f"{error}", line=line, where=self.where) from None

    def _document(self, parser: Any) -> tuple[Any, int]:
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.count = 0
        root: list[Any] = []
        line = 0
        while not isinstance(event := parser.get_event(), yaml.DocumentEndEvent):
            line = line or self._line(event)
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = self._scalar(event)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self._add(value, event, root)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.AliasEvent:
                self._add(self._alias(event), event, root)
            else:
                frame = self.stack.pop()
                if frame.anchor:
                    self.anchors[frame.anchor] = (frame.container, self.count - frame.count)
                self._add(frame.container, event, root, frame)
        return root[0], line

    def _open(self, event: Any, container: Any) -> None:
        self._refuse_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self._error(event, f"The document is nested deeper than {MAX_DEPTH} levels.")
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self._weigh(event, 1)
        self._note_line(event)
        self.stack.append(_Frame(container, event.start_mark, event.anchor, self.count - 1))

    def _add(self, value: Any, event: Any, root: list[Any], closed: _Frame | None = None) -> None:
        """Put a finished node into its parent."""
        if not self.stack:
            root.append(value)
            return
        frame = self.stack[-1]
        container = frame.container
        if type(container) is list:
            if closed is None:
                self._note_line(event)
            container.append(value)
        elif frame.key is None:
            key = self._key(value, event, closed)
            line = (closed.mark if closed else event.start_mark).line + self.first_line
            if key in container:
                raise self._error(
                    event,
                    f"The key {key!r} is here a second time; the first is in line "
                    f"{frame.key_lines[key]}.",
                    line=line,
                    hint="Remove one of them.",
                )
            # The place is taken at once, so that a value that holds the key again is seen too.
            container[key] = None
            frame.key_lines[key] = line
            frame.key = key
            if self.lines is not None:
                self.lines[(*self._path()[:-1], key)] = line
        else:
            container[frame.key] = value
            frame.key = None

    def _key(self, value: Any, event: Any, closed: _Frame | None) -> str:
        """Return a key as text; `{{ host }}` without quotes is a mapping used as a key."""
        if closed is not None:
            source = self.text[closed.mark.index : event.end_mark.index]
            return " ".join(source.split())
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if isinstance(value, dict | list):
            raise self._error(event, "An alias to a mapping or list cannot be a key.")
        return "" if value is None else str(value)

    def _scalar(self, event: Any) -> Any:
        self._refuse_tag(event)
        self._weigh(event, 1)
        value: str = event.value
        if "\0" in value:
            raise self._error(event, "The text has a NUL character.")
        if not event.implicit[0] or event.style:
            return value
        if value and value[0] not in _MAY_BE_SPECIAL:
            return value
        return self._plain(value, event)

    def _plain(self, value: str, event: Any) -> Any:
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        integer = _INT.fullmatch(value)
        if integer or _FLOAT.fullmatch(value):
            if len(value) > MAX_NUMBER:
                raise self._error(
                    event,
                    f"The number has {len(value):,} characters; at most {MAX_NUMBER} are read.",
                    hint="Put it in quotes if it is meant as text.",
                )
            return _integer(value) if integer else self._float(value, event)
        if _NOT_A_NUMBER.fullmatch(value):
            raise self._error(
                event,
                f"{value} is no number that JSON knows.",
                hint="Put it in quotes if it is meant as text.",
            )
        return value

    def _float(self, value: str, event: Any) -> float:
        number = float(value)
        if number in {float("inf"), float("-inf")}:
            raise self._error(event, f"The number {value} is too large.")
        return number

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        if name not in self.anchors:
            if any(frame.anchor == name for frame in self.stack):
                raise self._error(event, f"The alias *{name} is inside the node it refers to.")
            raise self._error(event, f"There is no anchor &{name} before the alias *{name}.")
        value, weight = self.anchors[name]
        self._weigh(event, weight)
        # A copy: what is done to one place must not show in the other.
        return deepcopy(value)

    def _weigh(self, event: Any, weight: int) -> None:
        self.count += weight
        if self.count > MAX_NODES:
            raise self._error(
                event,
                f"The document has more than {MAX_NODES:,} nodes, aliases counted as what they "
                "stand for.",
            )

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise self._error(
                event,
                f"The tag {event.tag} is not allowed.",
                hint="Remove it; use quotes for text.",
            )

    def _path(self) -> Path:
        return tuple(
            # A key is None only while it is being read, and then stands for no place of its own.
            (frame.key or "") if isinstance(frame.container, dict) else len(frame.container)
            for frame in self.stack
        )

    def _note_line(self, event: Any) -> None:
        """Remember where an item of a list begins."""
        if self.lines is None or not self.stack or type(self.stack[-1].container) is not list:
            return
        self.lines[self._path()] = self._line(event)

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + self.first_line

    def _error(
        self, event: Any, message: str, *, line: int | None = None, hint: str = ""
    ) -> InvalidYaml:
        return InvalidYaml(message, line=line or self._line(event), where=self.where, hint=hint)

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> InvalidYaml:
        mark = error.problem_mark or error.context_mark
        last = self.text.rstrip().count("\n")
        if error.context_mark and "end of stream" in str(error.problem):
            # What never ends is where it begins.
            mark = error.context_mark
        line = (min(mark.line, last) if mark else 0) + self.first_line
        index = line - self.first_line
        rows = self.text.split("\n")
        source = rows[index] if 0 <= index < len(rows) else ""
        hint = ""
        if "\t" in source[: len(source) - len(source.lstrip())] or "\\t" in str(error.problem):
            hint = "Indent with spaces, not with tabs."
        elif "{%" in source or "{{" in source:
            hint = "Template statements can be read only once they are rendered; or quote them."
        problem = " ".join(part for part in (error.context, error.problem) if part)
        return InvalidYaml(f"This is not YAML: {problem}.", line=line, where=self.where, hint=hint)


def _integer(value: str) -> int:
    if value.startswith("0o"):
        return int(value[2:], 8)
    if value.startswith("0x"):
        return int(value[2:], 16)
    return int(value)
