"""What one action sees of the run it belongs to."""

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.accounts.permissions import Actor
from apps.scaffolder.domain.workspace import Workspace
from apps.scaffolder.engine.journal import Journal
from apps.scaffolder.engine.lease import Lease
from apps.scaffolder.engine.secrets import RunSecrets
from apps.scaffolder.models import RunStep
from apps.scaffolder.rendering import Renderer

_SLEEP_SLICE = 0.5


@dataclass
class StepContext:
    """Fulfils `actions.base.ActionContext`; lives for one turn of one step."""

    run_id: uuid.UUID
    step_id: int
    step_key: str
    marker: str
    known_id: str
    attempt: int
    intent_at: datetime
    created_at: datetime
    actor: Actor
    template_url: str
    workspace: Workspace
    renderer: Renderer
    seed: str
    lease: Lease
    journal: Journal
    secrets: RunSecrets
    silent: bool = False
    pins: dict[str, str] = field(default_factory=dict)

    @property
    def is_repeat(self) -> bool:
        """Whether an earlier attempt may have done it already."""
        return self.attempt > 1

    def log(self, text: str | bytes, *, level: str = "info") -> None:
        """Add lines to the run's log; nothing while files are only being made again."""
        if not self.silent:
            self.journal.add(text, step_key=self.step_key, level=level)

    def before_call(self) -> None:
        """
        Make sure that the run is still ours for the length of one outside call.

        :raises Fenced: if another worker has taken over
        """
        self.lease.before_call()

    def pin(self, name: str, value: str) -> None:
        """
        Remember something for the next attempt, before acting on it.

        :raises Fenced: if another worker has taken over
        """
        self.pins[name] = value
        with self.lease.writing():
            RunStep.objects.filter(pk=self.step_id).update(pins=self.pins)

    def made(self, external_id: str, url: str) -> None:
        """
        Note at once what now exists outside.

        :raises Fenced: if another worker has taken over
        """
        with self.lease.writing():
            RunStep.objects.filter(pk=self.step_id).update(
                external_id=external_id[:400], external_url=url[:2000]
            )
        self.known_id = external_id

    def reveal(self, value: Any) -> Any:
        """Return a value with its secret references replaced; only for the outside call itself."""
        return self.secrets.reveal(value)

    def sleep(self, seconds: float) -> None:
        """
        Wait, and stop waiting when the run is cancelled or lost.

        :raises Fenced: if another worker has taken over
        :raises RunCancelled: if somebody asked the run to stop
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.lease.check()
            time.sleep(min(left, _SLEEP_SLICE))
