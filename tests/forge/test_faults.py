"""What happens when many call at once, and when the disk says no."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client

from apps.forge.models import Repository
from tests.forge import openapi
from tests.forge.conftest import Acme, make_acme, make_repository
from tests.forge.test_contents import encoded

HEADERS = {"Authorization": "Bearer test-token"}


@pytest.mark.processes
class TestMany:
    def test_a_name_is_given_once(self, live_forge: str) -> None:
        make_acme()

        def create(_: int) -> int:
            address, body = f"{live_forge}/api/v3/orgs/acme/repos", {"name": "svc"}
            return requests.post(address, json=body, headers=HEADERS, timeout=30).status_code

        with ThreadPoolExecutor(6) as people:
            answers = Counter(people.map(create, range(6)))

        assert answers == {201: 1, 422: 5}

    def test_no_commit_is_lost(self, live_forge: str) -> None:
        make_repository(make_acme())

        def write(number: int) -> int:
            address = f"{live_forge}/api/v3/repos/acme/billing/contents/{number}.txt"
            body = {"message": "x", "content": encoded(str(number))}
            return requests.put(address, json=body, headers=HEADERS, timeout=30).status_code

        with ThreadPoolExecutor(6) as people:
            answers = Counter(people.map(write, range(12)))

        listed = requests.get(
            f"{live_forge}/api/v3/repos/acme/billing/contents/", headers=HEADERS, timeout=30
        ).json()
        assert set(answers) <= {201, 409}
        assert len(listed) == 1 + answers[201]


def test_a_disk_that_fails_leaves_no_half_made_repository(
    acme: Acme, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.FORGE_DATA = tmp_path / "file"
    client = Client(raise_request_exception=False)

    answer = client.post(
        "/api/v3/orgs/acme/repos",
        {"name": "svc"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {acme.tokens['alice']}"},
    )

    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})
    assert not Repository.objects.exists()
    # Nobody describes a failure; that it was seen is the point of the check.
    assert "does not answer 500" in openapi.violations.pop()
