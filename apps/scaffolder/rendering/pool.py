"""A few warm rendering children for each worker process."""

import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apps.scaffolder.rendering.process import Child
from apps.scaffolder.rendering.renderer import Renderer

WARM = 2


class _Pool:
    """Children that are started ahead; belongs to the process that made it, not to its forks."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._warm: deque[Child] = deque()
        self._lock = threading.Lock()

    def take(self) -> Child:
        """Return a child, warm if there is one."""
        while True:
            with self._lock:
                child = self._warm.popleft() if self._warm else None
            if child is None:
                return Child()
            if child.alive:
                return child
            child.kill()

    def fill(self) -> None:
        """Start children until enough are warm; returns before they are loaded."""
        while True:
            with self._lock:
                if len(self._warm) >= WARM:
                    return
                self._warm.append(Child())

    def close(self) -> None:
        """Kill every warm child."""
        with self._lock:
            while self._warm:
                self._warm.popleft().kill()


_pool: _Pool | None = None
_pool_lock = threading.Lock()


def _current() -> _Pool:
    global _pool
    with _pool_lock:
        # V8 does not survive a fork, and neither do pipes to somebody else's children.
        if _pool is None or _pool.pid != os.getpid():
            _pool = _Pool()
        return _pool


def warm_up() -> None:
    """Start the warm children of this process."""
    _current().fill()


@contextmanager
def session(*, check: Callable[[], None] | None = None) -> Iterator[Renderer]:
    """
    Lend a renderer for one run; `check` is called while it works and may raise to stop it.

    :raises RenderingUnavailable: if the engine is not installed or does not start
    """
    pool = _current()
    renderer = Renderer(pool.take(), replace=pool.take, check=check)
    try:
        yield renderer
    finally:
        renderer.close()
        pool.fill()


def _close_at_exit() -> None:
    if _pool is not None and _pool.pid == os.getpid():
        _pool.close()


atexit.register(_close_at_exit)
