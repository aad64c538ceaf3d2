"""The broker's connection text survives any password."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from portal.embedded.folder import CHECKOUT

PROGRAM = """
import json
from pgmq import base
from django.conf import settings
text = settings.CELERY_BROKER_TRANSPORT_OPTIONS["conn_string"]
print(json.dumps(base.PGMQConfig(conn_string=text).dsn))
"""


@pytest.mark.parametrize(
    ("written", "password"),
    [("plain", "plain"), ("a%20b", "a b"), ("it%27s", "it's"), ("back%5Cslash", "back\\slash")],
)
def test_a_password_reaches_the_broker_unchanged(
    written: str, password: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=CHECKOUT,
        env={
            "DATABASE_URL": f"postgresql://me:{written}@db.example:6432/portal",
            "DJANGO_SETTINGS_MODULE": "portal.settings.test",
            "CALLBOARD_DATA": str(tmp_path),
            "PATH": "/usr/bin",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    found = conninfo_to_dict(json.loads(result.stdout))
    assert found["password"] == password
    assert (found["host"], found["port"], found["dbname"]) == ("db.example", "6432", "portal")
