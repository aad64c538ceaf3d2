"""Every task has a queue, and every queue a process that works on it."""

import re
from pathlib import Path

from celery import current_app
from django.conf import settings

from portal.launcher.processes import specifications

CHECKOUT = Path(__file__).resolve().parents[2]


def queue_of(task_name: str) -> str:
    return str(current_app.amqp.router.route({}, task_name)["queue"].name)


def queues_of_procfile() -> list[str]:
    named = re.findall(r" -Q (\S+)", (CHECKOUT / "Procfile").read_text())
    return sorted(",".join(named).split(","))


def queues_of_launcher() -> list[str]:
    commands = [one.command for one in specifications(web_port=1, forge_port=2)]
    named = [command[command.index("-Q") + 1] for command in commands if "-Q" in command]
    return sorted(",".join(named).split(","))


def test_every_queue_has_one_kind_of_process() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    expected = sorted(routed | {settings.CELERY_TASK_DEFAULT_QUEUE})

    assert queues_of_procfile() == expected
    assert queues_of_launcher() == expected


def test_jobs_of_workflows_do_not_stand_before_deliveries() -> None:
    assert queue_of("forge.run_job") == "jobs"
    assert queue_of("forge.deliver_hook") == queue_of("forge.start_workflows") == "forge"
    assert queue_of("scaffolder.work") == "runs"
    assert queue_of("catalog.process_location") == "default"
