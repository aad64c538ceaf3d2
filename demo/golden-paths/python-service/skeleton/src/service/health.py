"""Whether the service wants requests."""

from dataclasses import dataclass


@dataclass
class Health:
    """Set ready after the start, and not ready before the stop."""

    ready: bool = False
