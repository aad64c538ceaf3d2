"""What follows a push: workflows."""

from celery import shared_task


@shared_task(name="forge.handle_push", ignore_result=True)
def handle_push(
    *, repository_id: int, ref: str, before: str, after: str, sender_id: int, **_newer: object
) -> None:
    """
    Start the workflows that a changed ref asks for.

    `ref` is full ("refs/heads/main"); `before` or `after` is forty zeros for a new or deleted ref.
    """


@shared_task(name="forge.handle_pull_request", ignore_result=True)
def handle_pull_request(
    *, repository_id: int, number: int, action: str, sender_id: int, **_newer: object
) -> None:
    """Start the workflows that a pull request asks for; `action` as in GitHub's event."""
