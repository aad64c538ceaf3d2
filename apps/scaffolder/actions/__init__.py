"""The actions that golden paths are made of; each is reviewed code of this repository."""

from apps.scaffolder.actions.base import (
    Action,
    ActionContext,
    ActionFailed,
    Effect,
    Example,
    Result,
    registry,
)

__all__ = ["Action", "ActionContext", "ActionFailed", "Effect", "Example", "Result", "registry"]
