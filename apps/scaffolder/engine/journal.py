"""The log of a run: capped, neutralised, without a gap in its numbers."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.scaffolder.domain.secret_refs import redact
from apps.scaffolder.engine.lease import Lease
from apps.scaffolder.models import Run, RunEvent

MAX_LINES = 10_000
MAX_BYTES = 5 << 20
MAX_LINE_BYTES = 8192
# From here on only the newest lines of each step are kept, so that its end can be read.
HEAD_LINES = 8000
HEAD_BYTES = 4 << 20
_TAIL_SHARE = 4
_FLUSH_LINES = 200
_KEPT_OF_ONE_TEXT = 1000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Line:
    """One event before it has its number."""

    text: str
    level: str = "info"
    step_key: str = ""
    status: str = ""
    type: str = "log"
    at: datetime | None = None

    @property
    def size(self) -> int:
        return len(self.text.encode("utf-8", "replace"))


def neutral(text: str | bytes) -> str:
    """Return text in which control characters are visible and do nothing."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    clean = _CONTROL.sub(lambda match: _visible(match.group()), text)
    return clean.encode("utf-8", "replace").decode()


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


class Journal:
    """
    Lines of one worker's turn at a run.

    Lines of actions are buffered and written with the next fenced write; those of the engine
    itself ("status") are always kept.
    """

    def __init__(self, lease: Lease, run: Run, *, secrets: Callable[[], list[str]]) -> None:
        self._lease = lease
        self._secrets = secrets
        self._lines = run.last_seq
        self._bytes = run.log_bytes
        self._pending: list[Line] = []
        self._pending_bytes = 0
        self._tail: deque[Line] = deque()
        self._tail_bytes = 0
        self._dropped = 0

    def add(self, text: str | bytes, *, step_key: str = "", level: str = "info") -> None:
        """Take the lines of an action; writes when many are waiting."""
        raws = text.splitlines() or [text[:0]]
        room = max(0, HEAD_LINES - self._lines - len(self._pending))
        rest = raws[room:]
        if len(rest) > _KEPT_OF_ONE_TEXT:
            self._dropped += len(rest) - _KEPT_OF_ONE_TEXT
            rest = rest[-_KEPT_OF_ONE_TEXT:]
        for raw in [*raws[:room], *rest]:
            self._take(Line(self._clean(raw), level=level, step_key=step_key, at=_now()))
        if len(self._pending) >= _FLUSH_LINES:
            self.flush()

    def status(
        self,
        text: str,
        *,
        step_key: str = "",
        status: str = "",
        level: str = "info",
        type: str = "log",
    ) -> None:
        """Take a line of the engine."""
        clean = self._clean(text)
        self._pending.append(Line(clean, level, step_key, status, type, _now()))

    def flush(self) -> None:
        """
        Write what is waiting.

        :raises Fenced: if the run has another owner
        """
        if self._pending:
            with self._lease.writing() as run:
                self.write(run)

    def end_step(self) -> None:
        """Keep the end of a step's log where its middle was dropped."""
        if self._dropped:
            noun = "line" if self._dropped == 1 else "lines"
            self._pending.append(Line(f"… {self._dropped} {noun} dropped", "warning", at=_now()))
        self._pending.extend(self._tail)
        self._tail.clear()
        self._tail_bytes = 0
        self._dropped = 0

    def write(self, run: Run) -> None:
        """Write what is waiting, in the transaction that holds the run's row."""
        if not self._pending:
            return
        moment = _now()
        RunEvent.objects.bulk_create(
            RunEvent(
                run_id=run.pk,
                seq=run.last_seq + number,
                at=line.at or moment,
                type=line.type,
                level=line.level,
                step_key=line.step_key,
                status=line.status,
                text=line.text,
            )
            for number, line in enumerate(self._pending, start=1)
        )
        run.last_seq += len(self._pending)
        run.log_bytes += sum(line.size for line in self._pending)
        run.save(update_fields=["last_seq", "log_bytes"])
        self._lines, self._bytes = run.last_seq, run.log_bytes
        self._pending.clear()
        self._pending_bytes = 0

    def _clean(self, raw: str | bytes) -> str:
        cut = raw[: MAX_LINE_BYTES * 2]
        text = redact(neutral(cut), self._secrets())
        encoded = text.encode()
        if len(encoded) <= MAX_LINE_BYTES and len(cut) == len(raw):
            return text
        kept = encoded[:MAX_LINE_BYTES].decode("utf-8", "ignore")
        return f"{kept}… ({len(raw) - len(kept)} more)"

    def _take(self, line: Line) -> None:
        used = self._bytes + self._pending_bytes
        lines = self._lines + len(self._pending)
        if not self._tail and lines < HEAD_LINES and used + line.size < HEAD_BYTES:
            self._pending.append(line)
            self._pending_bytes += line.size
            return
        self._tail.append(line)
        self._tail_bytes += line.size
        # A share of what is left for each step, so that the caps hold for any number of steps.
        most_lines = max(1, (MAX_LINES - lines) // _TAIL_SHARE)
        most_bytes = max(1000, (MAX_BYTES - used) // _TAIL_SHARE)
        while len(self._tail) > most_lines or self._tail_bytes > most_bytes:
            self._tail_bytes -= self._tail.popleft().size
            self._dropped += 1


def _now() -> datetime:
    # Only for people to read; leases and schedules use the database's clock.
    return datetime.now(UTC)
