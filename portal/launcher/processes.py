"""The processes of the embedded defaults: how each is started, watched and ended."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
RESTART_DELAYS_SECONDS = (0, 1, 2, 5, 10, 30)
LOG_BYTES = 20_000_000
MARKER = "CALLBOARD_LAUNCHED_FOR"


@dataclass(frozen=True)
class Specification:
    """
    A process: its name, its command, and what it adds to the environment.

    What nobody waits for at the start has `starts_later`: with everything at once on two cores,
    each process is there later.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    starts_later: bool = False


class Process:
    """One running process, started again when it ends by itself."""

    def __init__(self, specification: Specification, *, folder: Path, log: Path) -> None:
        self.specification = specification
        self._folder = folder
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None
        self._ended = 0
        self._again_at = 0.0
        self._started_at = 0.0

    def start(self) -> None:
        """Start the process; it dies with the launcher, so that nothing is left behind."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        environment = {**os.environ, **self.specification.environment, MARKER: str(self._folder)}
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                self.specification.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._started_at = time.monotonic()
        self._again_at = 0.0

    def watch(self) -> str:
        """Start the process again if it has ended; return a sentence about it, or ""."""
        if self._popen is None:
            if self._again_at and time.monotonic() >= self._again_at:
                self.start()
            return ""
        code = self._popen.poll()
        if code is None:
            return ""
        if time.monotonic() - self._started_at > 60:
            self._ended = 0
        delay = RESTART_DELAYS_SECONDS[min(self._ended, len(RESTART_DELAYS_SECONDS) - 1)]
        self._ended += 1
        self._popen = None
        self._again_at = time.monotonic() + delay + 0.001
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        name = self.specification.name
        return f"{name} ended ({how}); starting it again in {delay} s. See {self._log}"

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end until `deadline` (monotonic seconds), then kill the group."""
        if self._popen is None:
            return
        try:
            self._popen.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()


def end_left_behind(folder: Path) -> int:
    """
    Kill processes of an earlier launcher on this data folder and return how many there were.

    A launcher killed by SIGKILL takes its children along, but their own children may outlive it.
    """
    wanted = f"{MARKER}={folder}".encode()
    killed = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
            if wanted in variables:
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
        except (OSError, ValueError):
            # Ended in the meantime, or somebody else's.
            continue
    return killed


def specifications(*, web_port: int, forge_port: int) -> list[Specification]:
    """Return the processes of the Procfile, with the ports of this start."""
    python = sys.executable
    gunicorn = (python, "-m", "gunicorn", "portal.wsgi", "--worker-class=gthread", "--preload")
    quiet = ("--log-level=warning", "--no-control-socket")
    celery = (python, "-m", "celery", "-A", "portal")
    worker = ("--loglevel=INFO", "--without-gossip", "--without-mingle")
    forge = {"DJANGO_SETTINGS_MODULE": "portal.settings.forge"}
    return [
        Specification(
            "web",
            (*gunicorn, *quiet, f"--bind=127.0.0.1:{web_port}", "--workers=2", "--threads=8"),
        ),
        Specification(
            "forge",
            (*gunicorn, *quiet, f"--bind=127.0.0.1:{forge_port}", "--workers=1", "--threads=12"),
            forge,
        ),
        Specification(
            "worker", (*celery, "worker", "-Q", "default,runs", "-n", "worker@%h", "-c2", *worker)
        ),
        Specification(
            "forge-worker",
            (*celery, "worker", "-Q", "forge", "-n", "forge@%h", "-c2", *worker),
            forge,
            starts_later=True,
        ),
        Specification(
            "forge-jobs",
            (*celery, "worker", "-Q", "jobs", "-n", "jobs@%h", "-c2", *worker),
            forge,
            starts_later=True,
        ),
        Specification("runner", (python, "manage.py", "runner")),
        Specification("beat", (*celery, "beat", "--loglevel=WARNING")),
    ]


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
