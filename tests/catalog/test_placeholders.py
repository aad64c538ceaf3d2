"""Substitutions: what `$text` and its kin read, and from where they may."""

import json

import pytest
import yaml

from apps.catalog import selectors
from tests.catalog.conftest import Folder

API = (
    "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {{name: x}}\n"
    "spec:\n  type: openapi\n  lifecycle: production\n  owner: payments\n  definition:\n    {0}\n"
)


def spec(ref: str = "api:default/x"):
    return selectors.get_entity(None, ref).spec


def test_text_is_taken_as_it_is(folder: Folder) -> None:
    folder.write("docs/api.txt", "openapi: 3.1.0\n")
    folder.write("a.yaml", API.format("$text: ./docs/api.txt"))
    folder.ingest("a.yaml")
    assert spec()["definition"] == "openapi: 3.1.0\n"


def test_json_and_yaml_become_values_anywhere_in_the_entity(folder: Folder) -> None:
    folder.write("one.json", '{"a": [1, {"b": null}]}')
    folder.write("two.yml", "id: fetch\naction: fetch:template\n")
    folder.write(
        "a.yaml",
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\n"
        "spec:\n  type: service\n  extra: {$json: one.json}\n  steps:\n    - $yaml: ./two.yml\n"
        "  kept: {$text: a.txt, other: 1}\n  unknown: {$ref: '#/x'}\n",
    )
    folder.ingest("a.yaml")
    found = spec("template:default/t")
    assert found["extra"] == {"a": [1, {"b": None}]}
    assert found["steps"] == [{"id": "fetch", "action": "fetch:template"}]
    assert found["kept"] == {"$text": "a.txt", "other": 1}
    assert found["unknown"] == {"$ref": "#/x"}


def test_an_openapi_definition_is_bundled(folder: Folder) -> None:
    folder.write(
        "api.yaml",
        "openapi: 3.1.0\npaths:\n  /pets: {$ref: ./paths/pets.yaml}\n"
        "components: {schemas: {Own: {type: string}}}\n",
    )
    folder.write(
        "paths/pets.yaml",
        "get: {schema: {$ref: '../schemas.json#/Pet'}}\n",
    )
    folder.write(
        "schemas.json", json.dumps({"Pet": {"tag": {"$ref": "#/Tag"}}, "Tag": {"type": "t"}})
    )
    folder.write("e.yaml", API.format("$openapi: ./api.yaml"))
    folder.ingest("e.yaml")
    bundled = yaml.safe_load(spec()["definition"])
    assert bundled["paths"]["/pets"]["get"]["schema"] == {"tag": {"type": "t"}}
    assert list(bundled) == ["openapi", "paths", "components"]


def test_a_definition_without_other_files_stays_as_it_is_written(folder: Folder) -> None:
    text = "# comment\nopenapi: 3.1.0\nx: {$ref: '#/y'}\n"
    folder.write("api.yaml", text)
    folder.write("e.yaml", API.format("$asyncapi: api.yaml"))
    folder.ingest("e.yaml")
    assert spec()["definition"] == text


def test_a_changed_file_behind_a_substitution_is_seen(folder: Folder) -> None:
    folder.write("api.txt", "one")
    folder.write("e.yaml", API.format("$text: ./api.txt"))
    folder.ingest("e.yaml")
    assert not folder.ingest().changed
    folder.write("api.txt", "two")
    assert folder.ingest().changed == {"api:default/x"}
    assert spec()["definition"] == "two"


def test_a_file_that_appears_later_is_seen(folder: Folder) -> None:
    folder.write("e.yaml", API.format("$text: ./api.txt"))
    folder.ingest("e.yaml")
    assert "e.yaml:9 spec.definition.$text: $text ./api.txt cannot be used" in folder.problems[0]
    folder.write("api.txt", "here")
    folder.ingest()
    assert folder.problems == []
    assert spec()["definition"] == "here"


@pytest.mark.parametrize(
    ("placeholder", "message"),
    [
        ("$text: ../outside.txt", "leaves the folder"),
        ("$text: /etc/passwd", "leaves the folder"),
        ("$text: https://other.example/x", "lies outside"),
        ("$text: file:///etc/passwd", "lies outside"),
        ("$text: [a]", "needs the path"),
        ("$json: bad.json", "not JSON"),
        ("$json: deep.json", "nested deeper"),
        ("$yaml: two.yml", "exactly one document"),
        ("$yaml: bomb.yml", "100,000 nodes"),
        ("$text: binary.bin", "not UTF-8"),
        ("$openapi: loop-a.yml", "leads back to itself"),
        ("$openapi: nowhere.yml", "names nothing"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_line(
    folder: Folder, placeholder: str, message: str
) -> None:
    folder.write("sub/bad.json", '{"a": NaN}')
    folder.write("sub/deep.json", "[" * 200 + "]" * 200)
    folder.write("sub/two.yml", "a: 1\n---\nb: 2\n")
    folder.write("sub/bomb.yml", "[" + "a," * 150_000 + "]")
    folder.write("sub/binary.bin", b"\xff\xfe\x00")
    folder.write("sub/loop-a.yml", "a: {$ref: 'loop-b.yml#/b'}\n")
    folder.write("sub/loop-b.yml", "b: {c: {$ref: 'loop-a.yml#/a'}}\n")
    folder.write("sub/nowhere.yml", "a: {$ref: 'two.json#/x'}\n")
    folder.write("sub/two.json", "{}")
    folder.write("sub/e.yaml", API.format(placeholder))
    folder.ingest("sub/e.yaml")
    assert message in folder.problems[0]
    assert folder.problems[0].startswith("sub/e.yaml:9 spec.definition")
    assert not selectors.exists(None, "api:default/x")
