"""Triggers, patterns, matrices, commands and masks."""

import base64

import pytest

from apps.forge.workflows.commands import FileCommandInvalid, parse_command, parse_file
from apps.forge.workflows.globs import PatternInvalid, pattern_to_regex, selects
from apps.forge.workflows.masking import Masker
from apps.forge.workflows.matrix import MatrixInvalid, expand, title
from apps.forge.workflows.triggers import NameFilter, PullRequestTrigger, PushTrigger


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("releases/*", "releases/10", True),
        ("releases/*", "releases/10/fix", False),
        ("releases/**", "releases/10/fix", True),
        ("**", "any/thing", True),
        ("v2*", "v2.9", True),
        ("v[12].[0-9]+", "v1.10", True),
        ("*.jsx?", "page.js", True),
        ("**/docs/**", "docs/a.md", True),
        ("**/docs/**", "x/docs/a.md", True),
        ("docs/**/*.md", "docs/a.md", True),
        ("**.js", "a/b.js", True),
        ("a.b", "axb", False),
        (r"a\*b", "a*b", True),
    ],
)
def test_a_pattern_matches_as_on_github(pattern, name, matches):
    assert bool(pattern_to_regex(pattern).match(name)) is matches


@pytest.mark.parametrize("pattern", ["+x", "[a", "[^a]"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(PatternInvalid):
        pattern_to_regex(pattern)


def test_the_last_pattern_that_matches_decides():
    patterns = ["releases/**", "!releases/**-alpha", "releases/9-alpha"]

    assert selects(patterns, "releases/10")
    assert not selects(patterns, "releases/10-alpha")
    assert selects(patterns, "releases/9-alpha")


@pytest.mark.parametrize(
    ("trigger", "ref", "changed", "starts"),
    [
        (PushTrigger(), "refs/heads/x", ["a"], True),
        (PushTrigger(), "refs/tags/v1", [], True),
        (PushTrigger(branches=NameFilter(only=("main",))), "refs/heads/x", ["a"], False),
        (PushTrigger(branches=NameFilter(only=("main",))), "refs/tags/v1", [], False),
        (PushTrigger(tags=NameFilter(only=("v*",))), "refs/tags/v1", [], True),
        (PushTrigger(tags=NameFilter(only=("v*",))), "refs/heads/main", ["a"], False),
        (PushTrigger(branches=NameFilter(ignore=("wip/**",))), "refs/heads/wip/a", ["a"], False),
        (PushTrigger(paths=NameFilter(only=("src/**",))), "refs/heads/x", ["README.md"], False),
        (PushTrigger(paths=NameFilter(only=("src/**",))), "refs/heads/x", ["a", "src/b"], True),
        (PushTrigger(paths=NameFilter(ignore=("**.md",))), "refs/heads/x", ["a.md"], False),
        (PushTrigger(paths=NameFilter(ignore=("**.md",))), "refs/heads/x", ["a.md", "b"], True),
        (PushTrigger(paths=NameFilter(only=("src/**",))), "refs/heads/x", None, True),
    ],
)
def test_a_push_starts_what_its_filters_let_in(trigger, ref, changed, starts):
    assert trigger.starts(ref=ref, changed=changed) is starts


def test_a_pull_request_starts_by_type_and_base():
    trigger = PullRequestTrigger(branches=NameFilter(only=("main",)))

    assert trigger.starts(action="synchronize", base="main", changed=["a"])
    assert not trigger.starts(action="closed", base="main", changed=["a"])
    assert not trigger.starts(action="opened", base="old", changed=["a"])


def test_a_matrix_multiplies_excludes_and_includes_as_documented():
    matrix = {
        "fruit": ["apple", "pear"],
        "animal": ["cat", "dog"],
        "exclude": [{"fruit": "pear", "animal": "dog"}],
        "include": [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    }

    assert expand(matrix) == [
        {"fruit": "apple", "animal": "cat", "color": "pink"},
        {"fruit": "apple", "animal": "dog", "color": "green"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


@pytest.mark.parametrize(
    "matrix", ["x", {"a": "b"}, {"a": []}, {}, {"a": list(range(17)), "b": list(range(17))}]
)
def test_a_matrix_that_makes_no_jobs_or_too_many_is_refused(matrix):
    with pytest.raises(MatrixInvalid):
        expand(matrix)


def test_a_job_of_a_matrix_is_named_after_its_values():
    assert title("test", {"python": 3.12, "os": {"name": "linux", "v": 1}}) == (
        "test (3.12, linux, 1)"
    )


def test_a_printed_command_is_read_with_its_properties():
    command = parse_command("::error file=a.py,line=3,title=Oh%2C no::Bad%0Avalue: 5%25")

    assert (command.name, command.message) == ("error", "Bad\nvalue: 5%")
    assert command.properties == {"file": "a.py", "line": "3", "title": "Oh, no"}


@pytest.mark.parametrize("line", ["plain", "std::vector<int>::size()", "a ::error::x", "::"])
def test_ordinary_lines_are_no_commands(line):
    assert parse_command(line) is None


def test_outputs_are_read_as_lines_and_blocks():
    text = "a=1\nb<<END\nx=y\n\nz\nEND\n\nc=d=e<<f\n"

    assert parse_file(text) == {"a": "1", "b": "x=y\n\nz", "c": "d=e<<f"}


@pytest.mark.parametrize("text", ["nothing", "a<<END\nx", "a<<\nx", "1 a=2"])
def test_outputs_of_another_form_are_refused(text):
    with pytest.raises(FileCommandInvalid):
        parse_file(text)


def test_secrets_are_masked_whole_by_line_and_in_base64():
    mask = Masker(["hunter2", "first\nsecond-line"])
    encoded = base64.b64encode(b"hunter2").decode()

    assert mask("x hunter2 y second-line") == "x *** y ***"
    assert encoded.rstrip("=") not in mask(f"see {encoded}")
    assert mask("ordinary text") == "ordinary text"
