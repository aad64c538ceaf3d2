"""One rendering child as its parent sees it: start, ask, give up, kill."""

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core.errors import UserFacingError

_HERE = Path(__file__).parent
LIBRARY = "node_modules/nunjitsu/dist/browser/index.js"
LIMITS = {"heap": 128 << 20, "data": 1 << 30, "cpu": 20, "files": 32}
START_SECONDS = 20.0
WALL_SECONDS = 8.0
MAX_ANSWER = 64 << 20
_CHUNK = 1 << 16


class RenderingLimitExceeded(UserFacingError):
    """A template used more time, memory or output than it may."""


class RenderingUnavailable(UserFacingError):
    """The rendering child cannot be started."""

    name = "ServiceUnavailableError"
    status = 503


class Child:
    """A rendering process; used for one run, then killed."""

    def __init__(self) -> None:
        library = Path(settings.BASE_DIR) / LIBRARY
        if not library.is_file():
            raise RenderingUnavailable(
                "The template engine is not installed.",
                hint="Run `npm ci` in the portal's folder, or start with `bin/up`.",
                where=LIBRARY,
            )
        folder = tempfile.mkdtemp(prefix="render-")
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_HERE / "child.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd=folder,
            start_new_session=True,
            bufsize=0,
        )
        self._folder = folder
        self._ready = False
        setup = {
            "library": str(library),
            "glue": str(_HERE / "engine.js"),
            "limits": LIMITS,
        }
        self._write(json.dumps(setup).encode(), time.monotonic() + START_SECONDS, _nothing)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """
        Return once the isolate is loaded.

        :raises RenderingUnavailable: if the child dies instead
        """
        if self._ready:
            return
        try:
            self._read(time.monotonic() + START_SECONDS, _nothing)
        except (RenderingLimitExceeded, OSError) as error:
            raise RenderingUnavailable("The template engine does not start.") from error
        self._ready = True

    def ask(
        self,
        request: dict[str, Any],
        *,
        check: Callable[[], None] | None = None,
        seconds: float = WALL_SECONDS,
    ) -> dict[str, Any]:
        """
        Return the child's answer; `check` is called twice a second and may raise to stop.

        :raises RenderingLimitExceeded: when time, memory or output is used up; the child is dead
        """
        self.wait_until_ready()
        deadline = time.monotonic() + seconds
        watch = check or _nothing
        try:
            self._write(json.dumps(request).encode(), deadline, watch)
            answer: dict[str, Any] = json.loads(self._read(deadline, watch))
        except BaseException:
            self.kill()
            raise
        if "exceeded" in answer:
            self.kill()
            raise RenderingLimitExceeded(
                f"The template exceeded {LIMITS['heap'] >> 20} MB of memory."
            )
        return answer

    def kill(self) -> None:
        """End the child and everything it might have started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()
        with contextlib.suppress(OSError):
            os.rmdir(self._folder)

    def _write(self, data: bytes, deadline: float, check: Callable[[], None]) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise RuntimeError("The rendering child has no input pipe.")
        os.set_blocking(pipe.fileno(), False)
        view = memoryview(struct.pack(">I", len(data)) + data)
        while view:
            self._wait(pipe.fileno(), select.POLLOUT, deadline, check)
            try:
                view = view[os.write(pipe.fileno(), view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise self._died() from error

    def _read(self, deadline: float, check: Callable[[], None]) -> bytes:
        (length,) = struct.unpack(">I", self._read_exactly(4, deadline, check))
        if length > MAX_ANSWER:
            raise RenderingLimitExceeded(f"The template exceeded {MAX_ANSWER >> 20} MB of output.")
        return self._read_exactly(length, deadline, check)

    def _read_exactly(self, count: int, deadline: float, check: Callable[[], None]) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise RuntimeError("The rendering child has no output pipe.")
        data = bytearray()
        while len(data) < count:
            self._wait(pipe.fileno(), select.POLLIN, deadline, check)
            chunk = os.read(pipe.fileno(), min(count - len(data), _CHUNK * 16))
            if not chunk:
                raise self._died()
            data += chunk
        return bytes(data)

    def _wait(self, fd: int, event: int, deadline: float, check: Callable[[], None]) -> None:
        poll = select.poll()
        poll.register(fd, event)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RenderingLimitExceeded(
                    f"The template exceeded {WALL_SECONDS:.0f} seconds of rendering."
                )
            if poll.poll(min(left, 0.5) * 1000):
                return
            check()

    def _died(self) -> RenderingLimitExceeded:
        return RenderingLimitExceeded(
            "The template exceeded the limits of rendering: the process ended.",
            hint="Look for endless loops and very large values.",
        )


def _nothing() -> None:
    return None
