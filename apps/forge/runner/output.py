"""From the bytes that a command writes to lines of text."""

from collections.abc import Iterator

# What follows so much output is counted, not read: a step in a loop must not keep a worker busy.
FLOOD_BYTES = 64 * 1024 * 1024
_KEPT_OF_FLOOD = 32 * 1024


class LineSplitter:
    """Cuts bytes into lines; of a line that is too long the rest is counted and dropped."""

    def __init__(self, line_bytes: int, *, flood_bytes: int = FLOOD_BYTES) -> None:
        self._most = line_bytes
        self._rest = b""
        self._dropped = 0
        self._room = flood_bytes
        self._flooded_lines = 0
        self._last = b""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Take more bytes and return the lines that are complete."""
        self._room -= len(chunk)
        if self._room < 0:
            self._flooded_lines += chunk.count(b"\n")
            self._last = (self._last + chunk)[-_KEPT_OF_FLOOD:]
            return
        *complete, open_line = chunk.split(b"\n")
        for part in complete:
            yield self._text(part)
            self._rest, self._dropped = b"", 0
        self._keep(open_line)

    def finish(self) -> Iterator[str]:
        """Return the last line if no newline ended it, and the end of a flood."""
        if self._flooded_lines or self._last:
            *lines, open_line = self._last.split(b"\n")[1:] or [b""]
            dropped = max(0, self._flooded_lines - len(lines))
            yield f"##[warning]{dropped} lines dropped: the step writes too much."
            for line in (*lines, *([open_line] if open_line else [])):
                self._rest, self._dropped = b"", 0
                yield self._text(line)
            self._rest = b""
        if self._rest or self._dropped:
            yield self._text(b"")
            self._rest, self._dropped = b"", 0

    def _keep(self, part: bytes) -> None:
        # Twice the length: a secret across the cut is still whole when it is looked for.
        room = 2 * self._most - len(self._rest)
        self._rest += part[:room]
        self._dropped += max(0, len(part) - room)

    def _text(self, part: bytes) -> str:
        self._keep(part)
        text = self._rest.decode(errors="replace").replace("\0", "�")
        # A progress bar writes its line again and again; the last state counts.
        text = text.rstrip("\r").rpartition("\r")[2]
        return f"{text} … ({self._dropped} bytes more)" if self._dropped else text
