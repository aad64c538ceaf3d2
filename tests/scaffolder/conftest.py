"""Runs are claimed by the tests themselves here; the doorbell has a test of its own."""

from collections.abc import Iterator

import pytest

from apps.scaffolder import rendering
from portal.celery import app


@pytest.fixture(autouse=True)
def silent_doorbell() -> Iterator[None]:
    """
    Send the doorbell to a broker in memory, so that no worker of a machine answers it.

    For each test alone: tests of other folders in the same process have real workers.
    """
    before = app.conf.broker_url, app.conf.broker_transport_options
    app.conf.broker_url, app.conf.broker_transport_options = "memory://", {}
    app._after_fork()
    yield
    app.conf.broker_url, app.conf.broker_transport_options = before
    app._after_fork()


@pytest.fixture(scope="session", autouse=True)
def warm_renderers() -> None:
    rendering.warm_up()
