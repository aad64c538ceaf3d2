"""References to entities: backstage-spec.md 1.5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.domain.ref import EntityRef, InvalidEntityRef

PART = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("component:default/checkout", "component:default/checkout"),
        ("Component:Default/CheckOut", "component:default/checkout"),
        ("checkout", "api:inherited/checkout"),
        ("other/checkout", "api:other/checkout"),
        ("group:team", "group:inherited/team"),
        ({"kind": "User", "name": "Ada"}, "user:inherited/ada"),
        ({"name": "x", "namespace": "n"}, "api:n/x"),
    ],
)
def test_missing_parts_come_from_the_defaults(text: object, expected: str) -> None:
    ref = EntityRef.parse(text, default_kind="API", default_namespace="inherited")
    assert str(ref) == expected


@pytest.mark.parametrize(
    "text",
    ["", ":", "/", "a:", "a/", ":b", "/b", "a:b/", "a:/b", "a:b:c", "a/b/c", "a/b:c", "a:b/c:d",
     "../x", "component:default/../../etc", None, 5, [], {}, {"kind": "a"}, {"name": ""},
     {"name": "a/b"}, {"name": "x", "kind": 3}, "a:b/\x00c", "a:b/\ud800", "x" * 64],
)  # fmt: skip
def test_what_has_an_empty_part_or_too_many_is_refused(text: object) -> None:
    with pytest.raises(InvalidEntityRef):
        EntityRef.parse(text, default_kind="component")


def test_a_reference_without_a_kind_is_refused_where_none_is_implied() -> None:
    with pytest.raises(InvalidEntityRef, match="lacks a kind"):
        EntityRef.parse("checkout")


def test_a_colon_separates_the_kind_only_before_the_first_slash() -> None:
    assert EntityRef.parse("a:b/c") == EntityRef("a", "b", "c")
    with pytest.raises(InvalidEntityRef):
        EntityRef.parse("b/a:c", default_kind="x")


@given(PART, PART, PART)
def test_the_canonical_form_reads_back_as_itself(kind: str, namespace: str, name: str) -> None:
    ref = EntityRef(kind, namespace, name)
    assert EntityRef.parse(str(ref)) == ref
    assert str(ref) == str(ref).lower()
    assert EntityRef.parse(f"{kind.upper()}:{namespace}/{name}".swapcase()) == ref
    assert ref.path.count("/") == 4


@given(st.text(max_size=80))
def test_any_text_is_a_reference_or_is_refused(text: str) -> None:
    try:
        ref = EntityRef.parse(text, default_kind="component")
    except InvalidEntityRef:
        return
    assert EntityRef.parse(str(ref)) == ref
