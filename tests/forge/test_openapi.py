"""The contract can say no."""

import json

from tests.forge.openapi import contract


def problems(method: str, path: str, status: int, body: object) -> list[str]:
    return contract().problems(
        method=method,
        path=path,
        status=status,
        content_type="application/json; charset=utf-8",
        body=json.dumps(body).encode(),
    )


def test_a_missing_field_is_a_problem() -> None:
    [problem] = problems("GET", "/repos/acme/billing/topics", 200, {})

    assert "'names' is a required property" in problem


def test_a_wrong_type_is_a_problem() -> None:
    assert problems("GET", "/repos/acme/billing/topics", 200, {"names": "web"})


def test_null_is_allowed_where_github_allows_it() -> None:
    answer = {"content": None, "commit": {}}

    assert problems("DELETE", "/repos/acme/billing/contents/a/b.txt", 200, answer) == []


def test_a_status_that_github_does_not_answer_is_a_problem() -> None:
    assert problems("GET", "/repos/acme/billing/topics", 206, {"names": []})


def test_an_operation_that_github_does_not_have_is_a_problem() -> None:
    assert problems("GET", "/repos/acme/billing/secrets-of-the-trade", 200, {})


def test_an_address_goes_to_the_operation_that_spells_it_out() -> None:
    found = contract().operation("GET", "/repos/acme/billing/commits/feature/a/check-runs")

    assert found is not None
    assert found[0] == "/repos/{owner}/{repo}/commits/{ref}/check-runs"
