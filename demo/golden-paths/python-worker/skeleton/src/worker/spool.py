"""
Where jobs come from: a folder of JSON files. Moving a file is the claim, so two workers never do
the same job at once. Replace this module to take jobs from a real queue; the loop stays.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One job: its name, what it is about, and how often it was tried before."""

    name: str
    payload: dict[str, Any]
    attempt: int = 1


class Spool:
    """Folders `waiting`, `claimed`, `failed` below a root."""

    def __init__(self, root: Path) -> None:
        self._waiting, self._claimed, self._failed = (
            root / part for part in ("waiting", "claimed", "failed")
        )
        for folder in (self._waiting, self._claimed, self._failed):
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, job: Job) -> None:
        """Add a job; it appears whole or not at all."""
        text = json.dumps({"payload": job.payload, "attempt": job.attempt})
        part = self._claimed / f".{job.name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, self._waiting / f"{job.name}.json")

    def claim(self) -> Job | None:
        """Return the next job and keep it from the other workers, or None."""
        for path in sorted(self._waiting.glob("*.json")):
            mine = self._claimed / path.name
            try:
                os.replace(path, mine)
            except FileNotFoundError:
                continue  # Another worker was faster.
            try:
                data = json.loads(mine.read_text(encoding="utf-8"))
                return Job(path.stem, dict(data["payload"]), int(data.get("attempt", 1)))
            except (ValueError, KeyError, TypeError):
                os.replace(mine, self._failed / mine.name)
        return None

    def done(self, job: Job) -> None:
        """Forget a job that is done."""
        (self._claimed / f"{job.name}.json").unlink(missing_ok=True)

    def again(self, job: Job) -> None:
        """Put a job back for another attempt."""
        self.put(Job(job.name, job.payload, job.attempt + 1))
        self.done(job)

    def give_up(self, job: Job) -> None:
        """Put a job aside for people."""
        os.replace(self._claimed / f"{job.name}.json", self._failed / f"{job.name}.json")

    def recover(self) -> int:
        """Put back what a killed worker had claimed; for the start of the only worker."""
        left = sorted(self._claimed.glob("*.json"))
        for path in left:
            os.replace(path, self._waiting / path.name)
        return len(left)

    def waiting(self) -> int:
        """Return how many jobs wait."""
        return sum(1 for _ in self._waiting.glob("*.json"))

    def failed(self) -> list[str]:
        """Return the names of the jobs that people have to look at."""
        return sorted(path.stem for path in self._failed.glob("*.json"))
