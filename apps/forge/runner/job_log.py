"""The log of a job: a text file that grows line by line and never beyond its limit."""

from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from apps.forge.workflows.masking import Masker

# Kept of what comes after the limit, so that the reason of a failure is there.
_TAIL_BYTES = 64 * 1024


class JobLog:
    """
    Lines with their time, as GitHub writes them, secrets taken out.

    Once the file is full, lines are counted and only the last ones are kept; `settle` writes these,
    after a line that says how many are missing. It is called at the end of each step.
    """

    def __init__(self, file: Path, *, masker: Masker, most_bytes: int, line_bytes: int) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("wb")
        self._masker = masker
        self._most = most_bytes - 2 * _TAIL_BYTES
        self._limit = most_bytes
        self._line_bytes = line_bytes
        self._written = 0
        self._full = False
        self._dropped = 0
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        #: Lines in the file so far; steps remember where theirs begin and end.
        self.lines = 0

    def write(self, text: str) -> None:
        """Add one line."""
        masked = self._masker(text)[: self._line_bytes]
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        line = f"{stamp} {masked}\n".encode()
        # Once full always full: a short line must not slip in before the longer ones that wait.
        self._full = self._full or self._written + len(line) > self._most
        if not self._full:
            self._put(line)
            return
        self._tail.append(line)
        self._tail_bytes += len(line)
        while self._tail_bytes > _TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft())
            self._dropped += 1

    def settle(self) -> None:
        """Write what is kept beyond the limit, and how many lines are missing before it."""
        if self._dropped:
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
            mebibytes = self._limit // (1024 * 1024)
            self._put(
                f"{stamp} ##[warning]{self._dropped} lines dropped: "
                f"the log of a job is kept to {mebibytes} MiB.\n".encode()
            )
        for line in self._tail:
            # Many steps may each have a tail; the limit holds for all together.
            if self._written + len(line) <= self._limit:
                self._put(line)
        self._tail.clear()
        self._tail_bytes = self._dropped = 0
        self._file.flush()

    def flush(self) -> None:
        """Let readers see what was written."""
        self._file.flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        self.settle()
        self._file.close()

    def _put(self, line: bytes) -> None:
        self._file.write(line)
        self._written += len(line)
        self.lines += 1
