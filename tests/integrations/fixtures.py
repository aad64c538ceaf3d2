"""
Fixtures of the integrations: running forges, a client, the proxy of faults.

A plugin of the whole suite, named in `tests/conftest.py`: a fixture imported into a second module
would be a second fixture, and start its forge on the database of the first.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.conf import settings as configured
from psycopg import sql

from apps.integrations.github.auth import TokenIdentity
from apps.integrations.github.client import GitHubClient, client_with
from tests.faults.proxy import FaultProxy
from tests.integrations.servers import Forge, embedded_forge, emulate


@contextmanager
def database(name: str) -> Iterator[str]:
    """
    Make an empty database beside the tests' own, and remove it afterwards.

    :raises psycopg.errors.ObjectInUse: if somebody works on a database of this name
    """
    default = configured.DATABASES["default"]
    where = {"host": default["HOST"], "user": default["USER"], "password": default["PASSWORD"]}
    where |= {"port": default["PORT"] or None, "dbname": "postgres"}
    given = {key: value for key, value in where.items() if value}
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    with psycopg.connect(**given, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = urlsplit(configured.DATABASE_URL)
        yield parts._replace(path=f"/{quote(name)}").geturl()
        # Pools of processes that have just ended may still hold connections.
        connection.execute(drop + sql.SQL(" WITH (FORCE)"))


@pytest.fixture(scope="session")
def forges(tmp_path_factory, django_db_setup) -> Iterator[Callable[[str], Forge]]:
    """Start each forge at its first use; they end with the session."""
    running: dict[str, Forge] = {}
    with ExitStack() as stack:

        def start(name: str) -> Forge:
            if name not in running:
                folder = tmp_path_factory.mktemp(name)
                if name == "emulate":
                    running[name] = stack.enter_context(emulate(folder))
                else:
                    own = f"{configured.DATABASES['default']['NAME']}_forge"
                    url = stack.enter_context(database(own))
                    running[name] = stack.enter_context(embedded_forge(folder, database_url=url))
            return running[name]

        yield start


@pytest.fixture
def server(request, forges, settings) -> Forge:
    """The forge of this test, configured as the portal's."""
    forge = forges(getattr(request, "param", "emulate"))
    settings.GITHUB_URL = forge.url
    settings.GITHUB_API_URL = forge.api_url
    settings.GITHUB_TOKEN = forge.token
    settings.GITHUB_WRITE_SPACING_SECONDS = 0
    return forge


@pytest.fixture
def github(server) -> GitHubClient:
    """A client with the administrator's token."""
    return client_with(TokenIdentity(server.token), base_url=server.api_url)


@pytest.fixture
def proxy(server, settings) -> Iterator[FaultProxy]:
    """A proxy of faults in front of the forge of this test, configured as the portal's forge."""
    with FaultProxy(server.url) as proxy:
        settings.GITHUB_API_URL = server.api_url.replace(server.url, proxy.url)
        settings.GITHUB_URL = proxy.url
        yield proxy


@pytest.fixture
def faulty(proxy, server, settings) -> GitHubClient:
    """A client behind the proxy."""
    return client_with(TokenIdentity(server.token), base_url=settings.GITHUB_API_URL)
