"""The rules that every operation of this contract keeps."""

import json
import re
from pathlib import Path

import pytest

CONTRACT = json.loads((Path(__file__).parents[1] / "openapi.json").read_text(encoding="utf-8"))
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
OPERATIONS = [
    pytest.param(path, method, operation, id=f"{method} {path}")
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
]


def followed(node):
    """Return what a local reference points at."""
    while isinstance(node, dict) and "$ref" in node:
        place = CONTRACT
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        node = place
    return node


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_says_what_it_is_and_whom_to_ask():
    info = CONTRACT["info"]
    assert CONTRACT["openapi"].startswith("3.")
    assert info["title"]
    assert info["description"]
    assert info["contact"]["name"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])


def test_it_describes_something():
    assert OPERATIONS


@pytest.mark.parametrize("reference", sorted(set(references(CONTRACT))))
def test_every_reference_leads_somewhere(reference):
    assert followed({"$ref": reference})


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
class TestOperations:
    def test_has_a_name_of_its_own_and_a_summary(self, path, method, operation):
        names = [other.values[2].get("operationId") for other in OPERATIONS]
        assert names.count(operation["operationId"]) == 1
        assert operation["summary"]

    def test_has_the_version_in_its_address(self, path, method, operation):
        assert re.match(r"/v\d+/", path)

    def test_says_what_a_good_and_a_bad_answer_look_like(self, path, method, operation):
        answers = operation["responses"]
        assert any(status.startswith("2") for status in answers)
        bad = [followed(answer) for status, answer in answers.items() if status.startswith("4")]
        assert bad
        assert all("application/problem+json" in answer["content"] for answer in bad)

    def test_limits_what_callers_may_send(self, path, method, operation):
        for parameter in map(followed, operation.get("parameters", [])):
            schema = followed(parameter["schema"])
            assert parameter["description"]
            if schema["type"] == "string":
                assert "maxLength" in schema or "enum" in schema or "format" in schema
            if schema["type"] == "integer":
                assert "maximum" in schema

    def test_a_creation_can_be_repeated_safely(self, path, method, operation):
        if method == "post":
            names = [followed(each)["name"] for each in operation.get("parameters", [])]
            assert "Idempotency-Key" in names
