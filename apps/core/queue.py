"""The one way to start a background task."""

from typing import Any

from celery import current_app
from django.db import transaction


def enqueue(task_name: str, **kwargs: Any) -> None:
    """
    Send a task once the current transaction commits.

    By name, so that a service never imports a task. The message is a doorbell: what must not be
    lost is a row, found again by a sweep, because a crash between commit and sending loses it.

    :raises celery.exceptions.NotRegistered: if no task has this name
    """
    task = current_app.tasks[task_name]

    def ring() -> None:
        task.apply_async(kwargs=kwargs)

    # A function with a name: Django logs the name of a robust callback that fails.
    transaction.on_commit(ring, robust=True)
