"""The doorbell: tells a worker that a run is due. The run itself lives in the database."""

import uuid

from celery import shared_task

from apps.scaffolder.engine import loop


@shared_task(name="scaffolder.execute_run", ignore_result=True)
def execute_run(run_id: str, **_from_newer_callers: object) -> None:
    """Claim and execute one run, if it is due and nobody has it."""
    loop.run_one(uuid.UUID(run_id))
