"""
The rendering child: one V8 isolate with limits, driven over its pipes. Knows nothing of the portal.

Started as a script in isolated mode with an empty environment and an empty folder. Each message is
a length of four bytes and JSON. The first message names the library and the limits.
"""

import ctypes
import json
import os
import resource
import struct
import sys
from collections.abc import Callable
from typing import Any

_CLONE_NEWNET = 0x40000000
_MAX_MESSAGE = 64 * 1024 * 1024


def _read(count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = os.read(0, count - len(data))
        if not chunk:
            sys.exit(0)
        data += chunk
    return data


def _receive() -> bytes:
    (length,) = struct.unpack(">I", _read(4))
    if length > _MAX_MESSAGE:
        sys.exit(2)
    return _read(length)


def _send(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    view = memoryview(struct.pack(">I", len(data)) + data)
    while view:
        view = view[os.write(1, view) :]


def _confine(limits: dict[str, int]) -> None:
    """Take away memory, processor time, files and, as root, the network."""
    for name, value in (
        (resource.RLIMIT_DATA, limits["data"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, limits["files"]),
    ):
        resource.setrlimit(name, (value, value))
    if os.geteuid() == 0:
        # Refused in some containers; the isolate has no network functions in any case.
        ctypes.CDLL(None).unshare(_CLONE_NEWNET)


def _isolate(library: str, glue: str, heap: int) -> Callable[[str], str]:
    from py_mini_racer import MiniRacer

    racer = MiniRacer()
    head, _, _ = library.rpartition("export {")
    racer.eval(f"{head}\n{glue}")
    racer.set_hard_memory_limit(heap)

    def handle(request: str) -> str:
        answer = racer.eval(f"handle({json.dumps(request)})")
        return answer if isinstance(answer, str) else "{}"

    return handle


def main() -> None:
    """Answer requests until the pipe closes or a limit is met."""
    setup: dict[str, Any] = json.loads(_receive())
    with open(setup["library"], encoding="utf-8") as file:
        library = file.read()
    with open(setup["glue"], encoding="utf-8") as file:
        glue = file.read()
    handle = _isolate(library, glue, setup["limits"]["heap"])
    # A folder that is gone cannot be written into.
    os.rmdir(os.getcwd())
    _confine(setup["limits"])
    _send("{}")
    from py_mini_racer import JSEvalException, JSOOMException

    while True:
        request = _receive().decode("utf-8")
        try:
            answer = handle(request)
        except JSOOMException:
            _send(json.dumps({"exceeded": "memory"}))
            return
        except JSEvalException as error:
            _send(json.dumps({"error": {"message": str(error)[:500]}}))
            return
        _send(answer)


if __name__ == "__main__":
    main()
