"""The Celery application; beat's schedule is here, by task name."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

# Every address that begins with pgmq:// goes through our own transport.
TRANSPORT_ALIASES["pgmq"] = "apps.core.pgmq_transport:Transport"
app = Celery("callboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Small "find what is due" tasks; each fans out by id. A task is dropped when the next one is due.
app.conf.beat_schedule = {
    "sweep-facts": {
        "task": "scorecards.sweep",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "take-snapshots": {
        "task": "scorecards.take_snapshots",
        "schedule": 6 * 60 * 60.0,
        "options": {"expires": 60 * 60},
    },
    "worker-heartbeat": {
        "task": "core.heartbeat",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    # On the queue that always has a worker: nobody listens to the forge's where that is GitHub.
    "sweep-forge-jobs": {
        "task": "forge.sweep_jobs",
        "schedule": 15.0,
        "options": {"expires": 15, "queue": "default"},
    },
    "sweep-forge-events": {
        "task": "forge.sweep_events",
        "schedule": 15.0,
        "options": {"expires": 15, "queue": "default"},
    },
    "sweep-forge-deliveries": {
        "task": "forge.sweep_deliveries",
        "schedule": 30.0,
        "options": {"expires": 30, "queue": "default"},
    },
    "sweep-deliveries": {
        "task": "integrations.sweep_deliveries",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "reconcile-pipelines": {
        "task": "integrations.reconcile_pipelines",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "sweep-locations": {
        "task": "catalog.sweep_locations",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
}
