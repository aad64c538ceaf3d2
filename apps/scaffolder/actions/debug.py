"""debug:log and debug:wait."""

import json
from typing import Any

from apps.scaffolder.actions.base import (
    Action,
    ActionContext,
    ActionFailed,
    Effect,
    Example,
    Result,
    schema,
)

MAX_WAIT_SECONDS = 600
_SHOWN_BYTES = 10_000


def log(context: ActionContext, given: dict[str, Any]) -> Result:
    """Write a message, and the run's files if asked."""
    message = given.get("message")
    if message is not None:
        context.log(message if isinstance(message, str) else json.dumps(message, indent=2))
    listing = given.get("listWorkspace")
    if listing:
        context.log("Workspace:")
        for path in context.workspace:
            file = context.workspace.files[path]
            context.log(f"  - {path} ({len(file.data)} bytes)")
            if listing == "with-contents":
                context.log(file.data[:_SHOWN_BYTES].decode("utf-8", "replace"))
    return Result()


def wait(context: ActionContext, given: dict[str, Any]) -> Result:
    """Wait as long as asked, ten minutes at most."""
    seconds = (
        float(given.get("minutes") or 0) * 60
        + float(given.get("seconds") or 0)
        + float(given.get("milliseconds") or 0) / 1000
    )
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise ActionFailed(f"A wait of {seconds:.0f} seconds is more than ten minutes.")
    context.log(f"Waiting for {seconds:g} seconds")
    context.sleep(seconds)
    return Result()


ACTIONS = (
    Action(
        key="debug:log",
        description="Writes a message, and if asked the run's files, to the log of the run.",
        run=log,
        effect=Effect.NONE,
        input_schema=schema(
            message={"title": "Message"},
            listWorkspace={
                "title": "List the files",
                "anyOf": [
                    {"type": "boolean"},
                    {"type": "string", "enum": ["with-filenames", "with-contents"]},
                ],
            },
        ),
        examples=(Example("Say what was chosen", {"message": "Hello, ${{ parameters.name }}!"}),),
    ),
    Action(
        key="debug:wait",
        description="Waits; ten minutes at most.",
        run=wait,
        effect=Effect.NONE,
        input_schema=schema(
            minutes={"type": ["number", "string"]},
            seconds={"type": ["number", "string"]},
            milliseconds={"type": ["number", "string"]},
        ),
        examples=(Example("Wait for half a minute", {"seconds": 30}),),
    ),
)
