"""The doorbell: tells a worker that a run is due. The run itself lives in the database."""

import uuid
from contextlib import suppress

from celery import shared_task
from celery.signals import worker_process_init

from apps.scaffolder import rendering
from apps.scaffolder.engine import loop


@worker_process_init.connect
def warm_up_renderers(**_signal: object) -> None:
    """Start the renderers of a worker's process ahead of its first run."""
    with suppress(rendering.RenderingUnavailable):
        rendering.warm_up()


@shared_task(name="scaffolder.execute_run", ignore_result=True)
def execute_run(run_id: str, **_from_newer_callers: object) -> None:
    """Claim and execute one run, if it is due and nobody has it."""
    loop.run_one(uuid.UUID(run_id))
