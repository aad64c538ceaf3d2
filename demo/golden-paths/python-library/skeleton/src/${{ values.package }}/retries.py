"""How long to wait before the next attempt; the first piece of this library, and its pattern."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Retry:
    """
    Waits that double from `first` up to `longest` seconds, for `attempts` attempts.

    Each wait is drawn between half of it and the whole, so that many callers do not come back at
    the same moment.

    :raises ValueError: if a number makes no sense
    """

    attempts: int = 5
    first: float = 0.2
    longest: float = 30.0
    draw: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("There must be at least one attempt.")
        if not 0 < self.first <= self.longest:
            raise ValueError("The first wait must be more than 0 and at most the longest.")

    def waits(self) -> Iterator[float]:
        """Yield the seconds to wait before the second attempt, the third, and so on."""
        wait = self.first
        for _ in range(self.attempts - 1):
            yield wait * self.draw.uniform(0.5, 1.0)
            wait = min(wait * 2, self.longest)
