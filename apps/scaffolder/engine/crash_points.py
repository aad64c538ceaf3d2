"""
Places where a test can let the process die (reliability.md F1).

`PORTAL_CRASH_AT=<step number or id>.<point>` kills the process with SIGKILL once: a file below
CALLBOARD_DATA remembers that it has happened, so that the next process goes on.
"""

import os
import signal
from pathlib import Path

POINTS = ("before_intent", "after_intent", "after_effect", "before_commit", "after_record")
VARIABLE = "PORTAL_CRASH_AT"


def reach(number: int, key: str, point: str) -> None:
    """Die here if the environment says so and it has not happened yet."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted or wanted not in {f"{number}.{point}", f"{key}.{point}"}:
        return
    remembered = Path(os.environ["CALLBOARD_DATA"]) / f"crashed-{wanted.replace('/', '_')}"
    try:
        remembered.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
