"""Paths from outside (reliability.md 1.1, B4 to B9)."""

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.safe_path import MAX_BYTES, UnsafePath, safe_relpath

HOSTILE = [
    "",
    ".",
    "/etc/passwd",
    "~root/.ssh",
    "../x",
    "a/../b",
    "a/..",
    "a//b",
    "a/./b",
    "a\\..\\b",
    "C:/x",
    "a\x00b",
    "a\nb",
    ".git/config",
    "a/.GIT/hooks/post-checkout",
    "a/.git /config",
    "a/.git./config",
    ".g\u200cit/config",
    ".git::$INDEX_ALLOCATION/config",
    "git~1/config",
    "a/... /b",
    "x" * (MAX_BYTES + 1),
    "/".join("a" * 21),
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused_with_a_reason(path: str) -> None:
    with pytest.raises(UnsafePath) as refused:
        safe_relpath(path, where="template.yaml, line 3")

    assert "template.yaml, line 3" in str(refused.value)
    assert "Use a relative path" in str(refused.value)


@pytest.mark.parametrize(
    ("path", "plain"),
    [("a/b.txt", "a/b.txt"), ("./a", "a"), ("a/", "a"), (".github/x", ".github/x"), ("é/ü", "é/ü")],
)
def test_an_ordinary_path_is_returned_in_its_plain_form(path: str, plain: str) -> None:
    assert safe_relpath(path) == plain


def test_the_folder_itself_is_allowed_only_where_asked_for() -> None:
    assert safe_relpath(".", allow_dot=True) == ""


@given(st.text(max_size=60))
def test_what_is_returned_always_stays_inside(path: str) -> None:
    try:
        plain = safe_relpath(path)
    except UnsafePath:
        return
    assert posixpath.normpath(posixpath.join("/base", plain)).startswith("/base/")
    assert ".git" not in plain.casefold().split("/")
