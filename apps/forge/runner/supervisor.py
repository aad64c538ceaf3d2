"""
Runs one command within limits and leaves nothing of it behind.

Executed as a program of its own with the standard library only. Standard input carries one line of
JSON (argv, cwd, env, limits) and then stays open: its end means that the worker has died or wants
the command ended. The verdict goes as JSON to the descriptor named by the first argument. On Linux
the supervisor is the subreaper of everything that the command starts, so that a process that puts
itself into another session is found as well.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any

_LINUX = sys.platform.startswith("linux")
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_SECONDS = 0.1
_LEFT_AFTER_SECONDS = 60
_PAGE = resource.getpagesize()


def main() -> int:
    verdict_to = int(sys.argv[1])
    os.set_inheritable(verdict_to, False)
    order = json.loads(_read_line(0))
    if _LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wakeup, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)
    group = _counting_group(order["limits"]["processes"])
    try:
        child = _start(order, group)
    except OSError as error:
        _tell(verdict_to, {"reason": "start", "message": str(error), "status": 127})
        return 0
    verdict = _watch(child, order["limits"], wakeup, group)
    _end_everything(child, verdict, order["limits"]["grace_seconds"])
    _remove_group(group)
    _tell(verdict_to, verdict)
    return 0


def _read_line(descriptor: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(descriptor, 65536)
        if not part:
            sys.exit(1)
        line += part
    return line


def _tell(descriptor: int, verdict: dict[str, Any]) -> None:
    os.write(descriptor, json.dumps(verdict).encode())


def _counting_group(most: int) -> str:
    """
    Make a control group that bounds the number of processes, or return "".

    For root alone, whom RLIMIT_NPROC does not count: looking ten times a second is too slow for a
    fork bomb. The first address is that of version 1 of control groups, the second of version 2.
    """
    if os.getuid() != 0 or not _LINUX:
        return ""
    for base in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        group = f"{base}/callboard-{os.getpid()}"
        _remove_left_groups(base, own=group)
        try:
            os.mkdir(group)
            _write(f"{group}/pids.max", str(most))
        except OSError:
            _remove_group(group)
            continue
        return group
    return ""


def _remove_left_groups(base: str, *, own: str) -> None:
    """Remove the empty groups of supervisors that were killed; the kernel keeps the others."""
    try:
        names = [name for name in os.listdir(base) if name.startswith("callboard-")]
    except OSError:
        return
    for name in names:
        group = f"{base}/{name}"
        try:
            # A young one may be about to get its first process, in another container.
            if group == own or time.time() - os.stat(group).st_mtime > _LEFT_AFTER_SECONDS:
                os.rmdir(group)
        except OSError:
            continue


def _write(path: str, text: str) -> None:
    # Without creating: only a file of the kernel's counts.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _group_is_full(group: str) -> bool:
    try:
        with open(f"{group}/pids.events", "rb") as file:
            return file.read().split()[1:2] not in ([], [b"0"])
    except OSError:
        return False


def _remove_group(group: str) -> None:
    for _ in range(100 if group else 0):
        try:
            os.rmdir(group)
        except FileNotFoundError:
            return
        except OSError:
            # Busy until the last process has been collected.
            time.sleep(0.02)


def _start(order: dict[str, Any], group: str) -> int:
    failed, failure = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if group:
                _write(f"{group}/cgroup.procs", str(os.getpid()))
            _apply(order["limits"])
            os.chdir(order["cwd"])
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.execvpe(order["argv"][0], order["argv"], order["env"])  # noqa: S606  # without a shell, on purpose
        except OSError as error:
            os.write(failure, str(error).encode()[:4000])
        finally:
            os._exit(127)
    os.close(failure)
    message = os.read(failed, 4096)
    os.close(failed)
    if message:
        os.waitpid(child, 0)
        raise OSError(message.decode(errors="replace"))
    return child


def _apply(limits: dict[str, Any]) -> None:
    cpu = int(limits["cpu_seconds"])
    _limit(resource.RLIMIT_CPU, cpu, cpu + 5)
    _limit(resource.RLIMIT_FSIZE, limits["file_bytes"], limits["file_bytes"])
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_NOFILE, 4096, 4096)
    # Not RLIMIT_AS: V8 reserves far more addresses than it uses.
    _limit(resource.RLIMIT_DATA, limits["memory_bytes"], limits["memory_bytes"])
    if os.getuid() != 0:
        # Counts all processes of the person, who runs others as well; root is never counted.
        most = _processes_of(os.getuid()) + limits["processes"]
        _limit(resource.RLIMIT_NPROC, most, most)


def _limit(what: int, soft: int, hard: int) -> None:
    _, highest = resource.getrlimit(what)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(what, (soft, hard))


def _processes_of(user: int) -> int:
    count = 0
    for name in os.listdir("/proc") if _LINUX else ():
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue
    return count or 1024


def _watch(child: int, limits: dict[str, Any], wakeup: int, group: str) -> dict[str, Any]:
    deadline = time.monotonic() + limits["seconds"]
    looked = 0.0
    while True:
        status = _reap(child)
        if status is not None:
            return _verdict_of(status)
        now = time.monotonic()
        if now >= deadline:
            return {"reason": "timeout", "status": None}
        if now - looked >= _LOOK_EVERY_SECONDS:
            looked = now
            excess = "processes" if group and _group_is_full(group) else _excess(limits)
            if excess:
                return {"reason": excess, "status": None}
        wait = min(_LOOK_EVERY_SECONDS, max(deadline - now, 0.001))
        ready, _, _ = select.select([0, wakeup], [], [], wait)
        if wakeup in ready:
            os.read(wakeup, 4096)
        if 0 in ready and not os.read(0, 4096):
            return {"reason": "ended", "status": None}


def _verdict_of(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        reasons = {int(signal.SIGXCPU): "cpu", int(signal.SIGXFSZ): "file"}
        return {"reason": reasons.get(number, "exit"), "status": 128 + number}
    code = os.WEXITSTATUS(status)
    # A shell passes on the signal of its last command as 128 plus its number.
    reason = {128 + signal.SIGXCPU: "cpu", 128 + signal.SIGXFSZ: "file"}.get(code, "exit")
    return {"reason": reason, "status": code}


def _reap(child: int) -> int | None:
    found = None
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if process == 0:
            return found
        if process == child:
            found = status


def _excess(limits: dict[str, Any]) -> str:
    processes = _descendants()
    if len(processes) > limits["processes"]:
        return "processes"
    if sum(_memory(process) for process in processes) > limits["memory_bytes"]:
        return "memory"
    return ""


def _descendants() -> list[int]:
    if not _LINUX:
        return []
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name of the program may hold anything, also brackets.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields and fields[0] != b"Z":
            children.setdefault(int(fields[1]), []).append(int(name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found


def _memory(process: int) -> int:
    try:
        with open(f"/proc/{process}/statm", "rb") as file:
            fields = file.read().split()
        # Without the pages shared with files: libraries would count once for each process.
        return (int(fields[1]) - int(fields[2])) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _end_everything(child: int, verdict: dict[str, Any], grace: float) -> None:
    if verdict["reason"] in {"timeout", "ended"}:
        # Time to clean up; whoever has eaten the machine gets none.
        _signal_group(child, signal.SIGTERM)
        until = time.monotonic() + grace
        while time.monotonic() < until and _reap(child) is None and _group_lives(child):
            time.sleep(0.02)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        # The whole group at once: nothing in it can fork in between.
        _signal_group(child, signal.SIGKILL)
        processes = _descendants()
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                continue
        _reap(child)
        if not processes:
            return
        time.sleep(0.01)


def _signal_group(child: int, number: int) -> None:
    try:
        os.killpg(child, number)
    except OSError:
        return


def _group_lives(child: int) -> bool:
    try:
        os.killpg(child, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
