"""What the scaffolder adds to lower apps, and its own actions."""

from apps.scaffolder.actions import debug
from apps.scaffolder.actions.base import registry


def register() -> None:
    """Called once every model is loaded."""
    for family in (debug,):
        for action in family.ACTIONS:
            registry.register(action)
