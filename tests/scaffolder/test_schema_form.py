"""JSON Schema → fields, and what a browser posts ↔ values."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.scaffolder.domain.form_values import (
    as_text,
    post_data,
    read_page,
    without_empty_rows,
)
from apps.scaffolder.domain.schema_form import MAX_FIELDS, Form, FormTooLarge, build_form
from tests.scaffolder.corpus import pages_of, templates


def post(*pairs: tuple[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for key, value in pairs:
        data.appendlist(key, value)
    return data


def posted_back(schema: dict[str, Any], form: Form) -> Form:
    """The form after a browser has posted it as it stands."""
    choices: dict[str, int] = {}
    return read_page(schema, {}, post(*post_data(form.fields)), choices=choices, secrets={})


def field(form: Form, path: str) -> Any:
    return next(each for each in form.walk() if each.path == path)


def paths(form: Form) -> list[str]:
    return [each.path for each in form.walk()]


class TestKinds:
    def test_types_become_typed_values(self):
        schema = {
            "properties": {
                "name": {"type": "string"},
                "replicas": {"type": "integer"},
                "ratio": {"type": "number"},
                "public": {"type": "boolean"},
            }
        }
        form = read_page(
            schema,
            {},
            post(
                ("seen", "name"),
                ("v.name", "billing"),
                ("v.replicas", "3"),
                ("v.ratio", "0.5"),
                ("seen", "public"),
            ),
            choices={},
            secrets={},
        )
        assert form.values == {"name": "billing", "replicas": 3, "ratio": 0.5, "public": False}

    def test_text_that_is_no_number_is_kept_for_the_validator(self):
        schema = {"properties": {"replicas": {"type": "integer"}}}
        form = read_page(schema, {}, post(("v.replicas", "three")), choices={}, secrets={})
        assert form.values == {"replicas": "three"}
        assert as_text(field(form, "replicas")) == "three"

    def test_a_cleared_field_does_not_get_its_default_back(self):
        schema = {"properties": {"branch": {"type": "string", "default": "main"}}}
        assert build_form(schema, {}).values == {"branch": "main"}
        form = read_page(
            schema, {}, post(("seen", "branch"), ("v.branch", "")), choices={}, secrets={}
        )
        assert form.values == {}

    def test_an_option_keeps_its_type_and_shows_its_name(self):
        schema = {
            "properties": {
                "size": {"type": "integer", "enum": [1, 2], "enumNames": ["Small", "Large"]}
            }
        }
        form = read_page(schema, {}, post(("v.size", "2")), choices={}, secrets={})
        assert form.values == {"size": 2}
        assert [option.label for option in field(form, "size").options] == ["Small", "Large"]

    def test_options_that_read_alike_stay_apart(self):
        schema = {"properties": {"x": {"enum": ["1", 1]}}}
        tokens = [option.token for option in field(build_form(schema, {}), "x").options]
        assert len(set(tokens)) == 2

    @pytest.mark.parametrize(
        ("widget", "expected"),
        [
            ("textarea", "textarea"),
            ("password", "password"),
            ("hidden", "hidden"),
            ("email", "email"),
            ("unheard-of", "text"),
        ],
    )
    def test_a_widget_is_followed_where_it_is_known(self, widget, expected):
        schema = {"properties": {"x": {"type": "string", "ui:widget": widget}}}
        assert field(build_form(schema, {}), "x").widget == expected

    def test_a_constant_is_submitted_without_being_asked(self):
        schema = {"properties": {"kind": {"type": "string", "const": "service"}}}
        form = build_form(schema, {})
        assert form.values == {"kind": "service"}
        assert field(form, "kind").kind == "fixed"

    def test_ui_order_puts_the_rest_at_the_star(self):
        schema = {"properties": {key: {} for key in "abcd"}, "ui:order": ["d", "*", "a"]}
        assert paths(build_form(schema, {})) == ["d", "b", "c", "a"]

    def test_a_password_is_not_sent_back_and_stays(self):
        schema = {"properties": {"pin": {"type": "string", "ui:widget": "password"}}}
        form = read_page(
            schema,
            {"pin": "1234"},
            post(("seen", "pin"), ("v.pin", "")),
            choices={},
            secrets={},
        )
        assert form.values == {"pin": "1234"}

    def test_a_secret_goes_to_the_secrets_and_leaves_a_mask(self):
        schema = {"properties": {"token": {"type": "string", "ui:field": "Secret"}}}
        secrets: dict[str, str] = {}
        form = read_page(schema, {}, post(("v.token", "s3cret")), choices={}, secrets=secrets)
        assert secrets == {"token": "s3cret"}
        assert form.values == {"token": "********"}

    def test_too_many_fields_are_refused(self):
        schema = {"properties": {f"f{n}": {"type": "string"} for n in range(MAX_FIELDS + 1)}}
        with pytest.raises(FormTooLarge):
            build_form(schema, {})

    def test_a_schema_that_contains_itself_ends(self):
        schema = {
            "definitions": {
                "node": {
                    "type": "object",
                    "properties": {"child": {"$ref": "#/definitions/node"}, "n": {}},
                }
            },
            "properties": {"tree": {"$ref": "#/definitions/node"}},
        }
        assert len(paths(build_form(schema, {}))) < MAX_FIELDS


class TestLists:
    SCHEMA = {
        "properties": {
            "ports": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"number": {"type": "integer"}, "name": {"type": "string"}},
                },
            }
        }
    }

    def test_rows_of_objects_are_read_with_their_types(self):
        form = read_page(
            self.SCHEMA,
            {},
            post(
                ("seen", "ports"),
                ("seen", "ports[0]"),
                ("v.ports[0].number", "80"),
                ("seen", "ports[1]"),
                ("v.ports[1].number", "443"),
                ("v.ports[1].name", "tls"),
            ),
            choices={},
            secrets={},
        )
        assert form.values == {"ports": [{"number": 80}, {"number": 443, "name": "tls"}]}

    def test_a_row_that_was_not_on_the_page_is_gone(self):
        values = {"ports": [{"number": 80}, {"number": 443}]}
        form = read_page(
            self.SCHEMA,
            values,
            post(("seen", "ports"), ("seen", "ports[0]"), ("v.ports[0].number", "81")),
            choices={},
            secrets={},
        )
        assert form.values == {"ports": [{"number": 81}]}

    def test_an_empty_row_is_not_submitted(self):
        schema = {"properties": {"tags": {"type": "array", "items": {"type": "string"}}}}
        form = build_form(schema, {"tags": ["a", None, "b"]})
        assert without_empty_rows(form.fields, form.values) == {"tags": ["a", "b"]}

    def test_several_of_a_few_are_boxes(self):
        schema = {
            "properties": {
                "days": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {"type": "string", "enum": ["mon", "tue", "wed"]},
                }
            }
        }
        form = read_page(
            schema, {}, post(("v.days", "mon"), ("v.days", "wed")), choices={}, secrets={}
        )
        assert form.values == {"days": ["mon", "wed"]}
        assert field(form, "days").widget == "checkboxes"

    def test_free_keys_are_lines(self):
        schema = {
            "properties": {
                "annotations": {"type": "object", "additionalProperties": {"type": "string"}}
            }
        }
        form = read_page(
            schema, {}, post(("v.annotations", "a: 1\nb: x: y")), choices={}, secrets={}
        )
        assert form.values == {"annotations": {"a": "1", "b": "x: y"}}


class TestConditions:
    DEPENDENT = {
        "properties": {"database": {"type": "string", "enum": ["none", "postgres"]}},
        "dependencies": {
            "database": {
                "oneOf": [
                    {"properties": {"database": {"const": "none"}}},
                    {
                        "properties": {
                            "database": {"const": "postgres"},
                            "size": {"type": "integer", "default": 10},
                        },
                        "required": ["size"],
                    },
                ]
            }
        },
    }

    def test_a_branch_brings_its_fields_and_requirements(self):
        assert paths(build_form(self.DEPENDENT, {})) == ["database"]
        form = build_form(self.DEPENDENT, {"database": "postgres"})
        assert paths(form) == ["database", "size"]
        assert field(form, "size").question.required
        assert form.values == {"database": "postgres", "size": 10}

    def test_a_hidden_answer_is_not_submitted(self):
        form = build_form(self.DEPENDENT, {"database": "none", "size": 99})
        assert form.values == {"database": "none"}

    def test_a_hidden_answer_decides_nothing(self):
        schema = {
            "properties": {"a": {"type": "boolean", "default": False}},
            "if": {"properties": {"a": {"const": True}}, "required": ["a"]},
            "then": {"properties": {"b": {"type": "string"}}},
            "allOf": [
                {
                    "if": {"properties": {"b": {"const": "x"}}, "required": ["b"]},
                    "then": {"properties": {"c": {"type": "string"}}},
                }
            ],
        }
        assert paths(build_form(schema, {"a": True, "b": "x", "c": "y"})) == ["a", "c", "b"]
        assert paths(build_form(schema, {"a": False, "b": "x", "c": "y"})) == ["a"]

    def test_the_field_a_condition_looks_at_is_marked(self):
        form = build_form(self.DEPENDENT, {"database": "postgres"})
        assert field(form, "database").question.is_controlling
        assert not field(form, "size").question.is_controlling

    def test_else_holds_where_if_does_not(self):
        schema = {
            "properties": {"public": {"type": "boolean", "default": False}},
            "if": {"properties": {"public": {"const": True}}},
            "then": {"properties": {"domain": {"type": "string"}}},
            "else": {"properties": {"reason": {"type": "string"}}},
        }
        assert paths(build_form(schema, {})) == ["public", "reason"]
        assert paths(build_form(schema, {"public": True})) == ["public", "domain"]

    def test_alternatives_without_a_deciding_field_are_asked_for(self):
        schema = {
            "oneOf": [
                {"title": "By name", "properties": {"name": {"type": "string"}}},
                {"title": "By number", "properties": {"number": {"type": "integer"}}},
            ]
        }
        assert paths(build_form(schema, {})) == ["#0", "name"]
        form = read_page(schema, {}, post(("v.#0", "1"), ("v.number", "7")), choices={}, secrets={})
        assert paths(form) == ["#0", "number"]
        assert form.values == {"number": 7}

    def test_a_page_may_depend_on_an_answer_of_another_page(self):
        schema = {
            "properties": {"x": {"type": "string"}},
            "if": {"properties": {"language": {"const": "go"}}, "required": ["language"]},
            "then": {"properties": {"module": {"type": "string"}}},
        }
        assert paths(build_form(schema, {"language": "go"})) == ["x", "module"]
        assert paths(build_form(schema, {"language": "python"})) == ["x"]


TEXTS = st.text(
    alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20
)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)


def leaf(schema: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values.map(lambda value: (schema, value))


LEAVES = st.one_of(
    leaf({"type": "string"}, TEXTS),
    leaf({"type": "string", "ui:widget": "textarea"}, TEXTS),
    leaf({"type": "integer"}, st.integers(-(10**15), 10**15)),
    leaf({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
    leaf({"type": "boolean"}, st.booleans()),
    leaf({"type": "boolean", "ui:widget": "radio"}, st.booleans()),
    leaf({"enum": ["1", 1, 2.5, True, {"a": 1}]}, st.sampled_from(["1", 1, 2.5, True, {"a": 1}])),
    leaf(
        {"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b", "c"]}},
        st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(sorted),
    ),
)


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def as_object(members: dict[str, tuple[dict[str, Any], Any]]) -> tuple[dict[str, Any], Any]:
        properties = {name: schema for name, (schema, _) in members.items()}
        values = {name: value for name, (_, value) in members.items()}
        return {"type": "object", "properties": properties}, values

    def as_list(member: tuple[dict[str, Any], Any], length: int) -> tuple[dict[str, Any], Any]:
        return {"type": "array", "items": member[0]}, [member[1]] * length

    return st.one_of(
        st.dictionaries(NAMES, inner, min_size=1, max_size=4).map(as_object),
        st.builds(as_list, inner, st.integers(0, 3)),
    )


PAGES = st.dictionaries(NAMES, st.recursive(LEAVES, grown, max_leaves=8), min_size=1, max_size=5)


class TestRoundTrip:
    @given(page=PAGES)
    @settings(max_examples=150, deadline=None)
    def test_what_is_shown_and_posted_unchanged_is_what_it_was(self, page):
        schema = {"properties": {name: schema for name, (schema, _) in page.items()}}
        values = {name: value for name, (_, value) in page.items()}
        form = build_form(schema, values)
        assert form.values == values
        assert posted_back(schema, form).values == values


CORPUS = [
    pytest.param(page, id=f"{where}[{number}]")
    for where, template in templates()
    for number, page in enumerate(pages_of(template))
]


class TestRealTemplates:
    @pytest.mark.parametrize("page", CORPUS)
    def test_every_page_becomes_a_form_that_survives_a_post(self, page):
        form = build_form(page, {})
        again = posted_back(page, form)
        assert paths(again) == paths(form)

    def test_there_are_real_pages_to_try(self):
        assert CORPUS
