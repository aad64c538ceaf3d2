"""What `bin/up` does once all is installed: database, processes, demonstration, sign-in link."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import IO

from portal.embedded.folder import CHECKOUT, DataFolder
from portal.embedded.postgres import EmbeddedPostgres, EmbeddedPostgresError
from portal.launcher.ports import is_free, sentence_about_taken
from portal.launcher.processes import Process, end_left_behind, specifications

NEEDED_BYTES = 300_000_000
# Below this the next write of the database may be the one that fails.
LOW_BYTES = 50_000_000
READY_TIMEOUT_SECONDS = 90
STOP_TIMEOUT_SECONDS = 12


class CannotStart(Exception):
    """The portal cannot start; the text says why and what to do."""


class Launcher:
    """Everything that `bin/up` runs, for one data folder."""

    def __init__(self) -> None:
        self.started = float(os.environ.get("CALLBOARD_STARTED") or time.time())
        self.folder = DataFolder.from_environment()
        self.postgres = EmbeddedPostgres(self.folder.postgres)
        self.processes: list[Process] = []
        self.stopping = threading.Event()
        self._lock: IO[str] | None = None
        self._said_low = False

    def say(self, text: str) -> None:
        """Print a line of progress with the seconds since bin/up was called."""
        print(f"[{time.time() - self.started:5.1f} s] {text}", flush=True)

    def run(self) -> int:
        """Start everything, wait for Ctrl-C, stop everything; return the exit code."""
        self._claim_folder()
        ports = self._claim_ports()
        self._start_database()
        try:
            first = self._migrate()
            self.say("Starting web, worker, runner, beat and the embedded forge")
            self._start_processes(ports, later=False)
            self._wait_until_ready(ports["web"])
            self._start_processes(ports, later=True)
            self._load_demonstration(first=first)
            self._announce(ports)
            self._watch()
        finally:
            self._stop()
        return 0

    def release_folder(self) -> None:
        """Let another launcher have the data folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _claim_folder(self) -> None:
        try:
            self.folder.run.mkdir(parents=True, exist_ok=True)
            lock = (self.folder.run / "lock").open("a+")
        except OSError as error:
            raise CannotStart(
                f"The data folder {self.folder.path} cannot be written: {error.strerror}. "
                "Set CALLBOARD_DATA to a folder of your own."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with lock:
                lock.seek(0)
                owner = lock.read().strip() or "unknown"
            raise CannotStart(
                f"Callboard already runs on the data in {self.folder.path} (process {owner}). Stop "
                "it, or set CALLBOARD_DATA and PORT to start a second one."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        left = end_left_behind(self.folder.path)
        if left:
            self.say(f"Ended {left} processes that an earlier start had left behind")
        free = shutil.disk_usage(self.folder.path).free
        if free < NEEDED_BYTES:
            raise CannotStart(
                f"{self.folder.path} has {free // 1_000_000} MB of free space; Callboard needs "
                f"{NEEDED_BYTES // 1_000_000} MB. Free some and start again."
            )

    def _claim_ports(self) -> dict[str, int]:
        asked = os.environ.get("PORT")
        # The embedded forge begins on the port after it.
        if asked and not (asked.isascii() and asked.isdigit() and 0 < int(asked[:9]) < 65535):
            raise CannotStart(f"PORT must be a number from 1 to 65534, not {asked[:40]!r}.")
        known = self.folder.ports()
        if asked:
            known["web"] = int(asked)
        for name, port in known.items():
            if not is_free(port):
                raise CannotStart(
                    sentence_about_taken(name, port, first=not self._ports_file.exists())
                )
        self._ports_file.write_text(json.dumps(known))
        return known

    @property
    def _ports_file(self) -> Path:
        return self.folder.path / "ports.json"

    def _start_database(self) -> None:
        if os.environ.get("DATABASE_URL"):
            self.say("Using the database of DATABASE_URL")
            return
        self.say("Starting PostgreSQL")
        self.postgres.start()
        self.postgres.ensure_database("callboard")

    def _migrate(self) -> bool:
        """Apply the migrations unless this version has; return whether this is the first start."""
        stamp = self.folder.path / "migrated"
        files = sorted((CHECKOUT / "apps").glob("*/migrations/*.py"))
        locks = [CHECKOUT / "requirements" / "base.txt"]
        text = "".join(f"{file.name} {file.read_text()}" for file in [*files, *locks])
        wanted = hashlib.sha256((text + os.environ.get("DATABASE_URL", "")).encode()).hexdigest()
        first = not stamp.exists()
        if first or stamp.read_text() != wanted:
            self.say("Making the tables" if first else "Bringing the tables up to date")
            self._manage("migrate", "--verbosity=0")
            stamp.write_text(wanted)
        return first

    def _start_processes(self, ports: dict[str, int], *, later: bool) -> None:
        for specification in specifications(web_port=ports["web"], forge_port=ports["forge"]):
            if specification.starts_later != later:
                continue
            process = Process(
                specification,
                folder=self.folder.path,
                log=self.folder.path / "log" / f"{specification.name}.log",
            )
            process.start()
            self.processes.append(process)

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        reason = "no answer"
        while time.monotonic() < deadline and not self.stopping.is_set():
            self._watch_once()
            ready, reason = _ask_ready(port)
            if ready:
                self.say("Ready")
                return
            time.sleep(0.1)
        if not self.stopping.is_set():
            raise CannotStart(
                f"Callboard is not ready after {READY_TIMEOUT_SECONDS} s: {reason}. "
                f"See the files in {self.folder.path / 'log'}."
            )

    def _load_demonstration(self, *, first: bool) -> None:
        done = self.folder.path / "demonstration-loaded"
        wanted = os.environ.get("CALLBOARD_DEMONSTRATION", "1").lower() not in {"0", "false", "no"}
        if self.stopping.is_set() or done.exists() or not wanted or os.environ.get("GITHUB_URL"):
            return
        self.say("Loading Acme, the demonstration organisation")
        self._manage("seed_demo")
        done.touch()

    def _announce(self, ports: dict[str, int]) -> None:
        if self.stopping.is_set():
            return
        link = self._manage("create_sign_in_link", "--create-admin", capture=True).strip()
        print(
            f"\n  Callboard        http://localhost:{ports['web']}"
            f"\n  Sign in once     {link}"
            f"\n  Embedded forge   http://localhost:{ports['forge']}"
            f"\n  Logs             {self.folder.path / 'log'}"
            "\n\n  Ctrl-C stops all of it.\n",
            flush=True,
        )

    def _watch(self) -> None:
        while not self.stopping.wait(0.5):
            self._watch_once()

    def _watch_once(self) -> None:
        for process in self.processes:
            sentence = process.watch()
            if sentence:
                self.say(sentence)
        if not os.environ.get("DATABASE_URL") and not self.postgres.is_running():
            self.say("PostgreSQL ended; starting it again")
            self.postgres.start()
        self._watch_disk()

    def _watch_disk(self) -> None:
        free = shutil.disk_usage(self.folder.path).free
        low = free < LOW_BYTES
        if low and not self._said_low:
            self.say(
                f"{self.folder.path} has {free // 1_000_000} MB of free space. Without any, "
                "nothing can be saved; free some, and all goes on."
            )
        self._said_low = low

    def _stop(self) -> None:
        self.say("Stopping")
        for process in self.processes:
            process.ask_to_stop()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for process in self.processes:
            process.wait(deadline)
        if not os.environ.get("DATABASE_URL"):
            self.postgres.stop()

    def _manage(self, *arguments: str, capture: bool = False) -> str:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None,
            text=True,
        )
        output, _ = process.communicate()
        if process.returncode != 0 and not self.stopping.is_set():
            raise CannotStart(f"manage.py {arguments[0]} failed; its message is above.")
        return output or ""


def _ask_ready(port: int) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True, ""
    except urllib.error.HTTPError as error:
        try:
            checks = json.load(error).get("checks", {})
        except ValueError:
            return False, f"status {error.code}"
        return False, "; ".join(text for text in checks.values() if text != "ok")
    except OSError as error:
        return False, f"the web process does not answer ({error})"


def main() -> int:
    """Run the launcher; a problem that a person can solve is one sentence, not a stack."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    launcher = Launcher()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        launcher.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        return launcher.run()
    except (CannotStart, EmbeddedPostgresError) as error:
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        print(f"\nCallboard cannot start: {error}", file=sys.stderr)
    finally:
        launcher.release_folder()
    return 1
