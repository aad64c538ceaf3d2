"""Addresses of the test database, for processes that the tests start."""

from urllib.parse import quote

from django.db import connection


def url_of_test_database() -> str:
    """Return the address of the database of the running test."""
    database = connection.settings_dict
    user = quote(database["USER"], safe="")
    if database["PASSWORD"]:
        user += f":{quote(database['PASSWORD'], safe='')}"
    port = f":{database['PORT']}" if database["PORT"] else ""
    host = quote(database["HOST"], safe="")
    return f"postgresql://{user}@{host}{port}/{quote(database['NAME'], safe='')}"
