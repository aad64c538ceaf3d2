"""What the scaffolder adds to lower apps, and its own actions."""

from apps.scaffolder.actions import catalog, debug, fetch, filesystem
from apps.scaffolder.actions.base import registry
from apps.scaffolder.actions.github import dispatch, publish, pull_requests


def register() -> None:
    """Called once every model is loaded."""
    for family in (debug, fetch, filesystem, catalog, publish, pull_requests, dispatch):
        for action in family.ACTIONS:
            registry.register(action)
