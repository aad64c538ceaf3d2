"""Whether a step runs, and how often: `if`, `each`, and what a failure before it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import UserFacingError

MAX_ITERATIONS = 500
_STATUS_CALL = re.compile(r"\b(always|failure)\s*\(")


class InvalidIteration(UserFacingError):
    """`each` is given something that cannot be gone through."""


@dataclass(frozen=True)
class Iteration:
    """One turn of `each`: `each.key` is the name or the position, `each.value` the item."""

    key: Any
    value: Any

    @property
    def context(self) -> dict[str, Any]:
        """What expressions see as `each`."""
        return {"key": self.key, "value": self.value}


def asks_for_status(condition: Any) -> bool:
    """Tell whether an `if` calls `always()` or `failure()`, so that it is asked after a failure."""
    return isinstance(condition, str) and "{{" in condition and bool(_STATUS_CALL.search(condition))


def is_truthy(value: Any) -> bool:
    """Return Backstage's truth: an array if it has items, everything else as in JavaScript."""
    if isinstance(value, list):
        return bool(value)
    if isinstance(value, Mapping):
        return True
    if isinstance(value, float) and value != value:
        return False
    return bool(value)


def iterations(value: Any) -> list[Iteration]:
    """
    Return the turns of `each`.

    :raises InvalidIteration: for anything but a list or an object, or for too many turns
    """
    if isinstance(value, list):
        turns = [Iteration(position, item) for position, item in enumerate(value)]
    elif isinstance(value, dict):
        turns = [Iteration(key, item) for key, item in value.items()]
    else:
        raise InvalidIteration(
            f"`each` needs a list or an object, not {type(value).__name__}.", where="each"
        )
    if len(turns) > MAX_ITERATIONS:
        raise InvalidIteration(f"`each` has more than {MAX_ITERATIONS} turns.", where="each")
    return turns


def merged_outputs(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the output of a step with `each`: for each name the list of the turns' values."""
    names = {name: None for output in outputs for name in output}
    return {name: [output.get(name) for output in outputs] for name in names}
