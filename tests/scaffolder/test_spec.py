"""Templates as they are written, and the values they are given."""

from pathlib import Path
from typing import Any

import pytest

from apps.core import yaml_guard
from apps.scaffolder.domain import validation
from apps.scaffolder.domain.conditions import (
    InvalidIteration,
    asks_for_status,
    is_truthy,
    iterations,
    merged_outputs,
)
from apps.scaffolder.domain.output import finished
from apps.scaffolder.domain.spec import InvalidTemplate, parameter_schema, parse_template
from tests.scaffolder import corpus, world

DEMO = Path(__file__).resolve().parents[2] / "demo" / "golden-paths"
LOG = {"action": "debug:log"}


def parsed(**spec: Any):
    return parse_template(world.template([LOG], **spec))


@pytest.mark.parametrize("path", sorted(DEMO.glob("*/template.yaml")), ids=lambda p: p.parent.name)
def test_a_golden_path_of_the_demonstration_is_read(path: Path) -> None:
    document = yaml_guard.load_one(path.read_bytes(), where=path.name)

    spec = parse_template(document.value)

    assert spec.pages
    assert spec.steps


@pytest.mark.parametrize(
    ("where", "entity"), [pytest.param(*found, id=found[0]) for found in corpus.templates()]
)
def test_a_real_template_is_read_or_its_rejection_is_explained(where: str, entity: dict) -> None:
    if entity["apiVersion"] == "backstage.io/v1beta2":
        with pytest.raises(InvalidTemplate, match="written in") as caught:
            parse_template(entity)
        assert caught.value.where == "apiVersion"
        return

    spec = parse_template(entity)

    assert isinstance(validation.problems(spec, {}), dict), where
    assert parameter_schema(spec)["steps"] is not None


class TestTemplates:
    def test_have_a_key_and_a_name_for_each_step(self):
        spec = parse_template(world.template([LOG, {"action": "a:b", "id": "x", "name": "N"}]))

        assert [(step.key, step.name) for step in spec.steps] == [
            ("step-1", "debug:log"),
            ("x", "N"),
        ]

    def test_one_page_may_stand_without_a_list(self):
        spec = parsed(parameters={"title": "P", "properties": {"a": {"type": "string"}}})

        assert [page.title for page in spec.pages] == ["P"]
        assert parameter_schema(spec)["steps"][0]["schema"] == {
            "properties": {"a": {"type": "string"}}
        }

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"steps": []}, "spec.steps"),
            ({"steps": "x"}, "spec.steps"),
            ({"steps": [{}]}, "spec.steps[0]"),
            ({"steps": [{"action": 5}]}, "spec.steps[0]"),
            ({"steps": ["x"]}, "spec.steps[0]"),
            ({"steps": [{"action": "a", "input": []} | {"input": "x"}]}, "spec.steps[0].input"),
            ({"steps": [{**LOG, "id": "a"}, {**LOG, "id": "a"}]}, "spec.steps[1].id"),
            ({"parameters": ["x"]}, "spec.parameters[0]"),
            ({"parameters": [{"properties": []}]}, "spec.parameters[0].properties"),
            ({"output": "x"}, "spec.output"),
            ({"allowedRoles": "admin"}, "spec.allowedRoles"),
        ],
    )
    def test_that_are_wrong_name_the_field(self, change, where):
        entity = world.template([LOG])
        entity["spec"] |= change

        with pytest.raises(InvalidTemplate) as caught:
            parse_template(entity)

        assert caught.value.where == where

    @pytest.mark.parametrize("change", [{"kind": "Component"}, {"apiVersion": "v0"}])
    def test_of_another_kind_are_refused(self, change):
        with pytest.raises(InvalidTemplate):
            parse_template(world.template([LOG]) | change)


class TestValues:
    SCHEMA = [
        {
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 2, "pattern": "^[a-z]+$"},
                "ports": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"number": {"type": "integer", "maximum": 65535}},
                    },
                },
                "kind": {"type": "string", "enum": ["a", "b"]},
            },
            "dependencies": {
                "kind": {
                    "oneOf": [
                        {"properties": {"kind": {"const": "a"}}},
                        {
                            "properties": {"kind": {"const": "b"}, "extra": {"type": "string"}},
                            "required": ["extra"],
                        },
                    ]
                }
            },
        },
        {"required": ["owner"], "properties": {"owner": {"type": "string"}}},
    ]

    def problems(self, **values: Any) -> dict[str, list[str]]:
        return validation.problems(parsed(parameters=self.SCHEMA), values)

    def test_are_good_when_every_page_agrees(self):
        assert self.problems(name="ab", owner="x", ports=[{"number": 80}], kind="a") == {}

    def test_are_checked_against_every_page(self):
        assert set(self.problems()) == {"name", "owner"}

    def test_are_not_converted(self):
        assert "ports[0].number" in self.problems(name="ab", owner="x", ports=[{"number": "80"}])

    def test_name_the_field_in_a_nested_list(self):
        found = self.problems(name="ab", owner="x", ports=[{"number": 1}, {"number": 70000}])

        assert found == {"ports[1].number": ["This must be at most 65535."]}

    def test_of_a_dependency_name_the_field_it_asks_for(self):
        assert self.problems(name="ab", owner="x", kind="b") == {
            "extra": ["This field is required."]
        }

    def test_say_what_to_choose(self):
        found = self.problems(name="ab", owner="x", kind="c")

        assert "Choose one of: a, b." in found["kind"]

    def test_a_wrong_schema_is_the_templates_fault(self):
        spec = parsed(parameters={"properties": {"a": {"type": "wrong"}}})

        with pytest.raises(InvalidTemplate):
            validation.problems(spec, {"a": 1})

    def test_a_reference_to_nowhere_is_the_templates_fault(self):
        spec = parsed(parameters={"properties": {"a": {"$ref": "#/definitions/none"}}})

        with pytest.raises(InvalidTemplate):
            validation.problems(spec, {"a": 1})


class TestConditions:
    @pytest.mark.parametrize("value", ["false", "0", [0], {}, 1, True])
    def test_are_true_as_in_javascript(self, value):
        assert is_truthy(value)

    @pytest.mark.parametrize("value", ["", 0, [], None, False, float("nan")])
    def test_are_false_as_in_javascript(self, value):
        assert not is_truthy(value)

    @pytest.mark.parametrize(
        ("condition", "asks"),
        [
            ("${{ always() }}", True),
            ("${{ failure() or x }}", True),
            ("always()", False),
            (True, False),
        ],
    )
    def test_ask_for_the_status_only_in_an_expression(self, condition, asks):
        assert asks_for_status(condition) is asks

    def test_each_refuses_what_has_no_items_and_too_many(self):
        for value in ("abc", 3, None, list(range(501))):
            with pytest.raises(InvalidIteration):
                iterations(value)

    def test_outputs_of_turns_become_lists(self):
        assert merged_outputs([{"a": 1}, {"a": 2, "b": 3}]) == {"a": [1, 2], "b": [None, 3]}


def test_links_that_a_browser_would_act_on_are_left_out():
    links = [
        {"url": "javascript:alert(1)"},
        {"url": "jAvA\tscript:x"},
        {"url": "data:text/html,x"},
        {"url": "https://ok.example"},
        {"title": "nothing"},
        {"entityRef": "component:x"},
        {"url": "https://hidden.example", "if": ""},
    ]

    assert finished({"links": links})["links"] == [
        {"url": "https://ok.example"},
        {"entityRef": "component:x"},
    ]
