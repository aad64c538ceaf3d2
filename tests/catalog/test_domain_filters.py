"""Backstage's filters: text, predicates, and what the search index makes of an entity."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.domain.filters import matches, parse_filters, parse_predicate
from apps.catalog.domain.search_index import KeysCollide, index_rows, terms
from apps.core.errors import InvalidInput

ENTITY: dict[str, Any] = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Component",
    "metadata": {
        "name": "Checkout",
        "namespace": "default",
        "uid": "u-1",
        "etag": "e-1",
        "description": "x" * 201,
        "title": "",
        "tags": ["java", "Tier-1"],
        "annotations": {"github.com/project-slug": "Acme/Checkout"},
        "labels": {"odd=key": "v"},
    },
    "spec": {"type": "Service", "replicas": 3, "public": False, "ratio": 2.0, "nothing": None,
             "steps": [{"id": "a"}, {"id": "b"}]},
    "relations": [{"type": "ownedBy", "targetRef": "group:default/payments"}],
    "status": {"items": [{"level": "error"}]},
    "attachments": {"x": "y"},
}  # fmt: skip
OWNER = "group:default/payments"
TERMS = set(terms(index_rows(ENTITY)))

FILTERS = [
    (["kind=component"], True),
    (["KIND=COMPONENT"], True),
    (["kind=api"], False),
    (["kind=component,spec.type=service"], True),
    (["kind=component,spec.type=website"], False),
    (["kind=api,kind=component"], True),
    (["kind=api", "kind=component"], True),
    (["kind=api", "spec.type=website"], False),
    (["metadata.name=checkout"], True),
    (["metadata.namespace=default"], True),
    (["metadata.uid=u-1"], True),
    (["metadata.etag"], False),
    (["metadata.description"], True),
    (["metadata.description=" + "x" * 201], False),
    (["metadata.title="], True),
    (["spec.type="], False),
    (["spec.nothing"], True),
    (["spec.nothing="], False),
    (["spec.replicas=3"], True),
    (["spec.ratio=2"], True),
    (["spec.public=false"], True),
    (["metadata.tags=java"], True),
    (["metadata.tags=tier-1"], True),
    (["metadata.tags.java=true"], True),
    (["metadata.tags.java"], True),
    (["metadata.tags.go"], False),
    (["spec.steps.id=b"], True),
    (["metadata"], False),
    (["spec.missing"], False),
    (["metadata.annotations.github.com/project-slug=acme/checkout"], True),
    (["metadata.annotations.github.com/project-slug"], True),
    (["relations.ownedby=group:default/payments"], True),
    (["relations.ownedBy"], True),
    (["relations.partOf"], False),
    ([" kind = component , spec.type = service "], True),
    (["kind,kind=api"], True),
    ([], True),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_text_filters_mean_what_they_mean_in_backstage(filters: list[str], expected: bool) -> None:
    assert matches(parse_filters(filters), TERMS) is expected


PREDICATES: list[tuple[Any, bool]] = [
    ({}, True),
    ({"kind": "component"}, True),
    ({"kind": "COMPONENT", "spec.type": "service"}, True),
    ({"kind": "component", "spec.type": "website"}, False),
    ({"$all": []}, True),
    ({"$any": []}, False),
    ({"$not": {"kind": "api"}}, True),
    ({"$any": [{"kind": "api"}, {"spec.replicas": 3}]}, True),
    ({"$all": [{"kind": "component"}, {"$not": {"spec.type": "service"}}]}, False),
    ({"spec.public": False}, True),
    ({"metadata.tags": {"$contains": "JAVA"}}, True),
    ({"spec.type": {"$in": ["website", "service"]}}, True),
    ({"spec.type": {"$in": []}}, False),
    ({"spec.type": {"$exists": True}}, True),
    ({"spec.type": {"$exists": False}}, False),
    ({"spec.missing": {"$exists": False}}, True),
    ({"metadata.name": {"$hasPrefix": "CHECK"}}, True),
    ({"metadata.name": {"$hasPrefix": "out"}}, False),
    ({"relations": {"$contains": {"type": "ownedBy"}}}, True),
    ({"relations": {"$contains": {"type": "ownedBy", "targetRef": OWNER}}}, True),
    ({"relations": {"$contains": {"type": "ownedBy", "targetRef": {"$in": ["x:y/z"]}}}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("predicate", "expected"), PREDICATES)
def test_predicates_mean_what_they_mean_in_backstage(predicate: Any, expected: bool) -> None:
    assert matches(parse_predicate(predicate), TERMS) is expected


@pytest.mark.parametrize(
    "text",
    ["__proto__=x", "metadata.__class__", "constructor", "metadata.constructor.prototype=1",
     "password=x", "user__password__startswith=a", "order_by=password", "", ",", "a\x00b=1",
     "metadata.x\x00=1", "kind=a\x00", "status.items.level=error"],
)  # fmt: skip
def test_a_filter_on_what_is_no_field_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_filters([text])


@pytest.mark.parametrize(
    "predicate",
    [None, [], "x", 3, {"$not": 1}, {"$all": {}}, {"$any": "x"}, {"$all": [], "kind": "x"},
     {"kind": {"$not": {"$in": ["a"]}}}, {"kind": {"$regex": "."}}, {"kind": []}, {"kind": None},
     {"kind": {"$in": [{}]}}, {"kind": {"$exists": 1}}, {"kind": {"$hasPrefix": 1}},
     {"kind": {"$contains": {"type": "x"}}}, {"relations": {"$contains": {"targetRef": "x"}}},
     {"__proto__": "x"}, {"$where": "1"}, {"kind": {"$in": [], "$exists": True}}],
)  # fmt: skip
def test_what_is_no_predicate_is_refused(predicate: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_predicate(predicate)


def test_a_predicate_nested_too_deeply_is_refused() -> None:
    predicate: Any = {"kind": "x"}
    for _ in range(50):
        predicate = {"$not": predicate}
    with pytest.raises(InvalidInput, match="too deeply"):
        parse_predicate(predicate)


def test_keys_that_differ_in_case_only_cannot_be_indexed() -> None:
    with pytest.raises(KeysCollide):
        index_rows({"metadata": {"name": "x", "labels": {"a": "1", "A": "2"}}})


def test_long_keys_are_left_out_and_long_values_only_exist() -> None:
    entity = {"metadata": {"name": "x"}, "spec": {"k" * 201: 1, "v": "y" * 201, "w": "z" * 200}}
    found = set(terms(index_rows(entity)))
    assert "spec.v" in found
    assert not any(term.startswith("spec.v=") for term in found)
    assert "spec.w=" + "z" * 200 in found
    assert not any("kkk" in term for term in found)


KEYS = st.sampled_from(["kind", "spec.type", "metadata.name", "metadata.tags", "spec.missing"])
VALUES = st.sampled_from(["component", "Service", "checkout", "java", "other", ""])
LEAF = st.one_of(
    st.builds(lambda k, v: {k: v}, KEYS, VALUES),
    st.builds(lambda k, v: {k: {"$exists": v}}, KEYS, st.booleans()),
    st.builds(lambda k, v: {k: {"$in": v}}, KEYS, st.lists(VALUES, max_size=3)),
)
TREES = st.recursive(
    LEAF,
    lambda below: st.one_of(
        st.builds(lambda p: {"$not": p}, below),
        st.builds(lambda p: {"$all": p}, st.lists(below, max_size=3)),
        st.builds(lambda p: {"$any": p}, st.lists(below, max_size=3)),
    ),
    max_leaves=6,
)


@given(TREES)
def test_the_opposite_of_a_predicate_matches_what_it_does_not(predicate: Any) -> None:
    straight = matches(parse_predicate(predicate), TERMS)
    assert matches(parse_predicate({"$not": predicate}), TERMS) is not straight
    assert matches(parse_predicate({"$all": [predicate, predicate]}), TERMS) is straight


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_is_refused(text: str) -> None:
    try:
        node = parse_filters([text])
    except InvalidInput:
        return
    assert matches(node, TERMS) in {True, False}
