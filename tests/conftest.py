"""What every test has: a PostgreSQL, people, and no way out to the network."""

import os
from pathlib import Path

import pytest

from portal.embedded.postgres import EmbeddedPostgres

_server: EmbeddedPostgres | None = None


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
