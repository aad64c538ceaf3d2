"""Starts a command under the supervisor and hands its output on, line by line."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.forge.runner.limits import Limits
from apps.forge.runner.output import LineSplitter

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_CHUNK = 256 * 1024
_ASK_EVERY_SECONDS = 0.5

REASONS = {
    "timeout": "The step took longer than {seconds:g} s and was ended.",
    "memory": "The step used more than {memory} MiB of memory and was ended.",
    "processes": "The step started more than {processes} processes and was ended.",
    "cpu": "A process of the step used more than {cpu} s of processor time and was ended.",
    "file": "A process of the step wrote a file larger than {file} MiB and was ended.",
    "ended": "The step was cancelled.",
    "start": "The step could not be started: {message}",
    "lost": "The step's supervisor was ended from outside.",
}


@dataclass(frozen=True)
class Command:
    """What to run: argument list, folder, whole environment, and its wall clock in seconds."""

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `problem` is a sentence where it did not end by itself."""

    status: int | None
    problem: str = ""
    cancelled: bool = False

    @property
    def succeeded(self) -> bool:
        return self.status == 0 and not self.problem


def run_command(
    command: Command,
    *,
    limits: Limits,
    line: Callable[[str], None],
    goes_on: Callable[[], bool],
) -> Outcome:
    """
    Run a command to its end and return how that was.

    :param line: called with each line of its output
    :param goes_on: asked twice a second; False ends the command
    """
    verdict_from, verdict_to = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SUPERVISOR), str(verdict_to)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[verdict_to],
            env={"PATH": os.defpath},
            start_new_session=True,
        )
    finally:
        os.close(verdict_to)
    try:
        _give_order(process, command, limits)
        cancelled = _follow(process, limits, line, goes_on)
    finally:
        _close(process)
    with os.fdopen(verdict_from, "rb") as verdicts:
        return _outcome(verdicts.read(65536), command, limits, cancelled)


def _give_order(process: "subprocess.Popen[bytes]", command: Command, limits: Limits) -> None:
    order = {
        "argv": list(command.argv),
        "cwd": str(command.folder),
        "env": dict(command.environment),
        "limits": {
            "seconds": command.seconds,
            "cpu_seconds": limits.cpu_seconds,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
            "processes": limits.processes,
            "grace_seconds": limits.grace_seconds,
        },
    }
    assert process.stdin is not None  # noqa: S101  # asked for above
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()


def _follow(
    process: "subprocess.Popen[bytes]",
    limits: Limits,
    line: Callable[[str], None],
    goes_on: Callable[[], bool],
) -> bool:
    assert process.stdout is not None  # noqa: S101  # asked for above
    assert process.stdin is not None  # noqa: S101  # asked for above
    splitter = LineSplitter(limits.line_bytes)
    output = process.stdout.fileno()
    asked = time.monotonic()
    cancelled = False
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            if selector.select(_ASK_EVERY_SECONDS):
                chunk = os.read(output, _CHUNK)
                if not chunk:
                    break
                for text in splitter.feed(chunk):
                    line(text)
            if not cancelled and time.monotonic() - asked >= _ASK_EVERY_SECONDS:
                asked = time.monotonic()
                if not goes_on():
                    cancelled = True
                    process.stdin.close()
    for text in splitter.finish():
        line(text)
    return cancelled


def _close(process: "subprocess.Popen[bytes]") -> None:
    # The end of its standard input makes the supervisor end everything.
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outcome(answer: bytes, command: Command, limits: Limits, cancelled: bool) -> Outcome:
    verdict = json.loads(answer) if answer else {"reason": "lost", "status": None}
    reason = str(verdict["reason"])
    if reason == "exit":
        return Outcome(status=verdict["status"], cancelled=cancelled)
    problem = REASONS[reason].format(
        seconds=command.seconds,
        memory=limits.memory_bytes // (1024 * 1024),
        processes=limits.processes,
        cpu=limits.cpu_seconds,
        file=limits.file_bytes // (1024 * 1024),
        message=verdict.get("message", ""),
    )
    return Outcome(status=verdict["status"], problem=problem, cancelled=cancelled)
