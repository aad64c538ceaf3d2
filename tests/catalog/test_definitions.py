"""Outlines of API definitions."""

import pytest

from apps.catalog import definitions
from apps.core.errors import UserFacingError


def names(type, text):
    return [(g.title, i.verb, i.name) for g in definitions.outline(type, text) for i in g.items]


def test_openapi_by_tag_and_method():
    text = """
openapi: 3.0.0
paths:
  /a:
    get: {tags: [things], summary: List}
    post: {deprecated: true}
components: {schemas: {Thing: {description: A thing}}}
"""
    assert names("openapi", text) == [
        ("things", "GET", "/a"),
        ("Operations", "POST", "/a"),
        ("Schemas", "type", "Thing"),
    ]


def test_asyncapi_two_and_three():
    two = "asyncapi: 2.6.0\nchannels: {paid: {subscribe: {summary: A payment}}}"
    three = (
        "asyncapi: 3.0.0\nchannels: {c: {address: paid}}\noperations: {onPaid: {action: receive}}"
    )

    assert names("asyncapi", two) == [("Channels", "subscribe", "paid")]
    assert names("asyncapi", three) == [
        ("Channels", "channel", "paid"),
        ("Operations", "receive", "onPaid"),
    ]


def test_graphql_queries_and_types():
    text = "type Query {\n  product(id: ID!): Product\n}\n\ntype Product {\n  id: ID!\n}\n"

    assert names("graphql", text) == [("Queries", "query", "product"), ("Types", "type", "Product")]


def test_protobuf_services_and_messages():
    text = (
        "service Stock {\n  rpc Reserve (Ask) returns (Answer);\n}\nmessage Ask { string a = 1; }\n"
    )

    assert names("grpc", text) == [("Stock", "rpc", "Reserve"), ("Messages", "message", "Ask")]


def test_an_unknown_type_has_no_outline():
    assert definitions.outline("trpc", "anything") == []


@pytest.mark.parametrize("text", ["a: [", "- 1", "&a [*a]"])
def test_what_cannot_be_read_says_the_line(text):
    with pytest.raises(UserFacingError):
        definitions.outline("openapi", text)


def test_odd_shapes_are_left_out():
    assert definitions.outline("openapi", "paths: [1]\ncomponents: text") == []


def test_a_hostile_graphql_text_takes_no_time():
    definitions.outline("graphql", "type A " + "{" * 200_000)
    definitions.outline("grpc", "rpc A (" + "(" * 200_000)
