"""The contract in the repository is what the code answers."""

import json
from pathlib import Path

from service.contract import contract

WRITTEN = Path(__file__).resolve().parents[1] / "openapi.json"


def test_the_written_contract_is_up_to_date():
    assert json.loads(WRITTEN.read_text(encoding="utf-8")) == contract()


def test_every_documented_address_answers_as_documented(client):
    for path, operations in contract()["paths"].items():
        for method, operation in operations.items():
            status, headers, _ = client.request(path, method=method.upper())
            answers = operation["responses"]
            assert str(status) in answers, f"{method} {path} answered {status}"
            (media_type,) = answers[str(status)]["content"]
            assert headers["Content-Type"].startswith(media_type)
