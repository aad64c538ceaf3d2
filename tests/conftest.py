"""What every test has: a PostgreSQL, people, and no way out to the network."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from xdist.scheduler import LoadScopeScheduling

from portal import celery_app
from portal.embedded.postgres import EmbeddedPostgres
from portal.settings.broker import connection_string
from tests.integrations.servers import end_of

pytest_plugins = ["tests.integrations.fixtures"]
_server: EmbeddedPostgres | None = None


class JourneysTogether(LoadScopeScheduling):
    """Gives all journeys to one worker, since they share one portal; every other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        folder = "tests/journeys/"
        return folder if nodeid.startswith(folder) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> JourneysTogether:
    """Replace `--dist loadgroup`, whose groups xdist 3.8 loses under pytest 9.2."""
    return JourneysTogether(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Point the broker at the test database, which has PGMQ's tables."""
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    options["conn_string"] = connection_string(connection.settings_dict)
    celery_app.conf.broker_transport_options = options
    yield
    # The broker's pools keep connections, and a database in use cannot be dropped.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Start one embedded PostgreSQL for the run; the workers of xdist share it."""
    global _server
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL"):
        return
    _server = EmbeddedPostgres(Path(os.environ["CALLBOARD_DATA"]) / "postgres")
    _server.start(
        extra_options={"fsync": "off", "full_page_writes": "off", "max_connections": "300"}
    )
    _server.ensure_database("callboard")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL of this run."""
    if _server is not None:
        _server.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the forge of a failing test printed."""
    report = yield
    forge = getattr(item, "funcargs", {}).get("server")
    if report.when == "call" and report.failed:
        for log in getattr(forge, "logs", ()):
            report.sections.append((f"the end of {log.name}", end_of(log)))
    return report
