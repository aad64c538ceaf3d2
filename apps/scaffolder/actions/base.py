"""What an action is, and what it may do while it runs."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from apps.accounts.permissions import Actor
from apps.core.errors import UserFacingError
from apps.core.registry import Registry
from apps.scaffolder.domain.workspace import Workspace
from apps.scaffolder.rendering import Renderer


class ActionFailed(UserFacingError):
    """An action cannot do what was asked; asking again in the same words is useless."""

    code = "action_failed"

    def __init__(self, message: str, *, code: str = "", hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.code = code or self.code


class Effect(StrEnum):
    """
    What an action changes.

    FILES changes the run's own files and is repeated, without a word, when another worker takes
    over; OUTSIDE changes something that outlives the run, and looks before it acts again; NONE
    changes nothing.
    """

    NONE = "none"
    FILES = "files"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class Example:
    """A use of an action, for its documentation."""

    description: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What an action made; `external_id` names it outside ("github:repository:42")."""

    output: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""
    external_url: str = ""


class ActionContext(Protocol):
    """What the engine lends an action for one turn of one step."""

    run_id: uuid.UUID
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
    pins: dict[str, str]

    @property
    def is_repeat(self) -> bool:
        """Whether an earlier attempt may have done it already."""
        ...

    def log(self, text: str, *, level: str = "info") -> None:
        """Add lines to the run's log."""
        ...

    def before_call(self) -> None:
        """
        Make sure that the run is still ours for the length of one outside call.

        :raises Fenced: if another worker has taken over
        """
        ...

    def pin(self, name: str, value: str) -> None:
        """
        Remember something for the next attempt, before acting on it.

        :raises Fenced: if another worker has taken over
        """
        ...

    def made(self, external_id: str, url: str) -> None:
        """Note at once what now exists outside, so that it is listed whatever comes after."""
        ...

    def reveal(self, value: Any) -> Any:
        """Return a value with its secret references replaced; only for the outside call itself."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, and stop waiting when the run is cancelled or lost."""
        ...


Handler = Callable[[ActionContext, dict[str, Any]], Result]


@dataclass(frozen=True)
class Action:
    """
    One action; `key` is the id that templates write.

    `secrets` lists the inputs that may hold secret references ("token", "secrets.*").
    """

    key: str
    description: str
    run: Handler
    effect: Effect
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    secrets: tuple[str, ...] = ()
    permission: str = ""
    version: int = 1
    order: int = 100


registry: Registry[Action] = Registry("action")


def schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return the JSON Schema of an object; unknown keys pass, as in Backstage."""
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
    }


TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": {"type": "string"}}
