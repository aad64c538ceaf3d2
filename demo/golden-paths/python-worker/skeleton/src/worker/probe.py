"""Tell whether the worker in this container is alive; for Docker's HEALTHCHECK."""

import os
import sys
import time
from pathlib import Path

# A job may take this long; a loop that has not come round since is stuck.
STUCK_SECONDS = 300


def main() -> int:
    """Return 0 if the loop came round lately."""
    heartbeat = Path(os.environ.get("SPOOL", "spool")) / "heartbeat"
    try:
        return 0 if time.time() - heartbeat.stat().st_mtime < STUCK_SECONDS else 1
    except FileNotFoundError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
