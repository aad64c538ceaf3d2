"""YAML from outside: the corpus of attacks of reliability.md F33, and the semantics of YAML 1.2."""

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.yaml_guard import MAX_BYTES, InvalidYaml, load_documents, load_one

ALIAS_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [" % (char, char) + b",".join([b"*%c" % (char - 1)] * 9) + b"]\n"
    for char in range(ord("b"), ord("k"))
)
MERGE_BOMB = b"a: &a {x: 1}\n" + b"".join(
    b"%c: &%c {<<: *%c, y%c: *%c}\n" % (char, char, char - 1, char, char - 1)
    for char in range(ord("b"), ord("z"))
)

REFUSED = {
    "alias bomb": (ALIAS_BOMB, "more than 100,000 nodes", 6),
    "merge bomb": (MERGE_BOMB, "more than 100,000 nodes", 15),
    "a million brackets": (b"[" * 1_000_000, "deeper than 50", 1),
    "a million braces": (b"{a: " * 200_000, "deeper than 50", 1),
    "a million dashes": (b"- " * 500_000, "deeper than 50", 1),
    "3000 levels": (b"\n".join(b" " * i + b"a:" for i in range(1400)), "deeper than 50", 51),
    "duplicate keys": (b"a: 1\nb: 2\na: 3\n", "first is in line 1", 3),
    "duplicate keys below": (b"a:\n  b: 1\n  c: 2\n  b: 3\n", "first is in line 2", 4),
    "latin-1": (b"ok: 1\nname: caf\xe9\n", "not UTF-8", 2),
    "utf-16": ("name: x".encode("utf-16"), "not UTF-8", 1),
    "utf-32": ("name: x".encode("utf-32-le"), "NUL", 1),
    "NUL": (b"a: 1\nb: \0\n", "NUL", 2),
    "NUL as an escape": (b'a: "x\\0y"\n', "NUL", 1),
    "python object": (b"a: 1\nb: !!python/object/apply:os.system [id]\n", "tag", 2),
    "string tag": (b"a: !!str 1\n", "tag", 1),
    "local tag": (b"a: !Ref x\n", "tag", 1),
    "integer of 5000 digits": (b"a: " + b"9" * 5000, "5,000 characters", 1),
    "hexadecimal of 1 MB": (b"a: 0x" + b"f" * 1_000_000, "1,000,002 characters", 1),
    "hexadecimal of 2 MB": (b"a: 0x" + b"f" * 2_000_000, "at most 1,048,576", 1),
    "scalar of 20 MB": (b"a: " + b"x" * 20_000_000, "at most 1,048,576", 1),
    "self alias": (b"a: &a [1, *a]\n", "inside the node", 1),
    "unknown alias": (b"a: *b\n", "no anchor &b", 1),
    "alias used as a key": (b"a: &a [1]\n*a : 2\n", "cannot be a key", 2),
    "infinity": (b"a: .inf\n", "no number that JSON knows", 1),
    "number too large": (b"a: 1e999\n", "too large", 1),
    "tab as indent": (b"a:\n\tb: 1\n", "with spaces, not with tabs", 2),
    "cut in half": (b"a: 1\nb: 'x\nc: 2\n", "quoted scalar", 2),
    "too many nodes": (b"[" + b"a," * 200_000 + b"]", "more than 100,000 nodes", 1),
    "lone surrogate": (b'a: "\\ud800"\n', "not YAML", 1),
    "template statement": (b"a: 1\n{% if x %}\nb: 2\n", "rendered", 2),
    "half a million question marks": (b"? " * 500_000, "deeper than 50", 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_yaml_ends_with_one_clear_error_within_a_second_and_50_megabytes(name: str) -> None:
    data, message, line = REFUSED[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    documents = load_documents(data, where="catalog-info.yaml")
    assert time.process_time() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
    errors = [document.error for document in documents if document.error]
    assert len(errors) == 1
    assert message in str(errors[0])
    assert errors[0].line == line
    assert errors[0].where == f"catalog-info.yaml:{line}"


ACCEPTED = {
    "words of YAML 1.1": (
        b"[yes, no, on, off, y, n, Yes]",
        ["yes", "no", "on", "off", "y", "n", "Yes"],
    ),
    "a bad date": (b"a: 2024-13-45", {"a": "2024-13-45"}),
    "a date and a time": (
        b"[2024-01-02, 2024-01-02T03:04:05Z]",
        ["2024-01-02", "2024-01-02T03:04:05Z"],
    ),
    "octal": (b"[012, 0o17, 0x1F, +7, -0]", [12, 15, 31, 7, 0]),
    "sexagesimal": (b"[1:30, 190:20:30]", ["1:30", "190:20:30"]),
    "floats": (b"[1.5, 1e3, .5, -2.]", [1.5, 1000.0, 0.5, -2.0]),
    "not quite numbers": (b"[1_000, 1.2.3, 0b11, '12']", ["1_000", "1.2.3", "0b11", "12"]),
    "constants": (b"[true, False, ~, null, '', 'true']", [True, False, None, None, "", "true"]),
    "merge keys are keys": (b"a: &a {x: 1}\nb: {<<: *a}", {"a": {"x": 1}, "b": {"<<": {"x": 1}}}),
    "other keys become text": (
        b"1: a\ntrue: b\n? [x, y]\n: c",
        {"1": "a", "true": "b", "[x, y]": "c"},
    ),
    "an expression without quotes": (
        b"h:\n  - {{ host }}\n  - {{  parameters.x }}",
        {"h": [{"{ host }": None}, {"{ parameters.x }": None}]},
    ),
    "an expression with a dollar": (b"a: ${{ values.x }}", {"a": "${{ values.x }}"}),
    "Windows line ends": (b"a: |\r\n  x\r\n  y\r\nb: 1\r\n", {"a": "x\ny\n", "b": 1}),
    "a byte order mark and an emoji": (b"\xef\xbb\xbfa: \xf0\x9f\x9a\x80", {"a": "🚀"}),
    "a directive": (b"%YAML 1.2\n---\na: 1\n...\n", {"a": 1}),
    "an alias": (b"a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    "exactly 50 levels": (b"[" * 50 + b"]" * 50, None),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_yaml_is_read_by_the_core_schema_of_version_1_2(name: str) -> None:
    data, expected = ACCEPTED[name]
    value = load_one(data, where="x.yaml").value
    if expected is not None:
        assert value == expected


def test_an_error_belongs_to_its_document_and_hides_no_other() -> None:
    data = b"a: 1\n---\nb: 'x\n---\n# nothing\n---\nc: 1\nc: 2\n---\nd: [\n---\ne: 5\n"
    documents = load_documents(data, where="x.yaml")
    assert [document.value for document in documents] == [{"a": 1}, None, None, None, {"e": 5}]
    assert [document.error and document.error.line for document in documents] == [
        None,
        3,
        8,
        10,
        None,
    ]
    assert [document.line for document in documents if not document.error] == [1, 12]


def test_ten_thousand_documents_are_read_within_a_second() -> None:
    started = time.process_time()
    documents = load_documents(b"---\na: 1\n" * 10_000, where="x.yaml")
    assert time.process_time() - started < 1
    assert len(documents) == 10_000
    assert documents[-1].line == 19_999 + 1


def test_every_key_and_item_knows_its_line() -> None:
    data = b"# c\na: 1\nb:\n  - x: 1\n    y: {z: [1, 2]}\n  - 3\n---\na:\n  q: 1\n"
    first, second = load_documents(data, where="x.yaml")
    assert first.lines[("a",)] == 2
    assert first.lines[("b", 0)] == 4
    assert first.lines[("b", 0, "y", "z", 1)] == 5
    assert first.lines[("b", 1)] == 6
    assert second.line_of(("a", "q", "nothing", 3)) == 9
    assert second.line_of(("nothing",)) == 8


def test_an_aliased_value_is_a_copy() -> None:
    value = load_one(b"a: &x {k: 1}\nb: *x", where="x.yaml").value
    value["a"]["k"] = 2
    assert value["b"] == {"k": 1}


def test_one_document_is_asked_for_and_only_one_is_given() -> None:
    with pytest.raises(InvalidYaml, match="exactly one document"):
        load_one(b"a: 1\n---\nb: 2\n", where="x.yaml")
    with pytest.raises(InvalidYaml, match="not 0"):
        load_one(b"# nothing\n", where="x.yaml")


def test_a_file_of_the_largest_size_is_read() -> None:
    data = b"a: '" + b"x" * (MAX_BYTES - 5) + b"'"
    assert len(load_one(data, where="x.yaml").value["a"]) == MAX_BYTES - 5


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything(data: bytes) -> None:
    for document in load_documents(data, where="x.yaml"):
        assert document.error is None or document.error.line >= 1


@given(st.text(alphabet="{}[]:,-&*!|>'\"#%@` \n\tab01?", max_size=120))
def test_no_text_of_yaml_characters_raises_anything(text: str) -> None:
    for document in load_documents(text.encode(), where="x.yaml"):
        assert document.lines is not None
