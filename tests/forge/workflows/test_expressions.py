"""The language of `${{ }}`: values, operators, functions, and text that is none of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.forge.workflows.expressions import (
    Environment,
    ExpressionError,
    check_template,
    condition_holds,
    evaluate,
    interpolate,
    parse,
    resolve,
)

CONTEXTS = {
    "github": {
        "ref": "refs/heads/main",
        "event": {"commits": [{"id": "a"}, {"id": "b"}, {"name": "none"}]},
    },
    "matrix": {"version": 3.1, "os": "linux"},
    "steps": {"build": {"outputs": {"Path": "dist"}}},
    "env": {"EMPTY": ""},
}
SEEN = Environment(CONTEXTS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1.5e1", -15.0),
        ("0x1F", 31),
        ("'it''s'", "it's"),
        ("null", None),
        ("true && 'yes' || 'no'", "yes"),
        ("false && 'yes' || 'no'", "no"),
        ("!true || true", True),
        ("!(true || true)", False),
        ("1 < 2 == true", True),
        ("'A' == 'a'", True),
        ("'1' == 1", True),
        ("null == 0", True),
        ("'' == 0", True),
        ("true == 1", True),
        ("'x' == 0", False),
        ("'x' != 0", True),
        ("'b' > 'A'", True),
        ("2 >= '2'", True),
        ("NaN == NaN", False),
        ("github.REF", "refs/heads/main"),
        ("github['ref']", "refs/heads/main"),
        ("github.event.commits[1].id", "b"),
        ("github.event.commits[7].id", None),
        ("github.nothing.at.all", None),
        ("steps.build.outputs.path", "dist"),
        ("join(github.event.commits.*.id, '-')", "a-b"),
        ("contains('Hello', 'ELL')", True),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("startsWith('abc', 'AB') && endsWith('abc', 'BC')", True),
        ("format('{1} {0} {{}}', 'a', 3)", "3 a {}"),
        ("toJSON(fromJSON('{\"a\": [1, null]}'))", '{\n  "a": [\n    1,\n    null\n  ]\n}'),
        ("fromJSON('3.0')", 3.0),
        ("matrix.version", 3.1),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(text, value):
    assert evaluate(text, SEEN) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("1 +", "column 3"),
        ('"double"', "single quotes"),
        ("'open", "not closed"),
        ("(1", "too early"),
        ("a.b", "no context 'a'"),
        ("launch('missiles')", "no function 'launch'"),
        ("contains('a')", "takes 2 arguments"),
        ("fromJSON('{')", "not JSON"),
        ("format('{2}', 1)", "no argument"),
        ("hashFiles('x')", "in steps only"),
        ("(" * 60 + "1" + ")" * 60, "nested"),
        ("github" + ".a" * 60, "nested"),
        ("'" + "x" * 22_000 + "'", "longer than"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_reason(text, message):
    with pytest.raises(ExpressionError, match=message):
        evaluate(text, SEEN)


def test_text_around_expressions_stays():
    text = "ref ${{ github.ref }}, ${{ 'a }} b' }} and $HOME"

    assert interpolate(text, SEEN) == "ref refs/heads/main, a }} b and $HOME"


def test_an_expression_alone_keeps_its_kind_however_deep_it_stands():
    value = {"include": "${{ fromJSON('[{\"a\": 1}]') }}", "name": "x-${{ 1 }}"}

    assert resolve(value, SEEN) == {"include": [{"a": 1}], "name": "x-1"}


def test_an_expression_that_is_not_closed_is_refused():
    with pytest.raises(ExpressionError, match="not closed"):
        interpolate("${{ github.ref }", SEEN)


@pytest.mark.parametrize(
    ("condition", "status", "holds"),
    [
        ("", "success", True),
        ("", "failure", False),
        ("github.ref == 'refs/heads/main'", "success", True),
        ("github.ref == 'refs/heads/main'", "failure", False),
        ("${{ failure() && true }}", "failure", True),
        ("failure()", "success", False),
        ("always()", "cancelled", True),
        ("!cancelled()", "failure", True),
        ("cancelled()", "cancelled", True),
        ("success() || failure()", "skipped", False),
        ("env.EMPTY", "success", False),
    ],
)
def test_a_condition_holds_by_what_came_before(condition, status, holds):
    assert condition_holds(condition, Environment(CONTEXTS, status)) is holds


def test_nested_text_cannot_grow_without_bound():
    doubled = "'" + "x" * 1000 + "'"
    for _ in range(9):
        doubled = f"format('{{0}}{{0}}{{0}}{{0}}', {doubled})"

    with pytest.raises(ExpressionError, match="too long"):
        evaluate(doubled, SEEN)


def test_a_check_finds_mistakes_without_computing():
    check_template("${{ secrets.TOKEN }} ${{ hashFiles('x') }}")
    with pytest.raises(ExpressionError):
        check_template("ok ${{ nonsense.x }}")


@given(st.text(alphabet="github.event[]()*!&|=<>',0 1ae-{}$\"", max_size=60))
def test_any_text_is_an_expression_or_refused_in_words(text):
    reason = "none"
    try:
        evaluate(text, SEEN)
    except ExpressionError as error:
        reason = str(error)
    assert reason


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(_values)
def test_a_value_survives_the_way_through_json(value):
    seen = Environment({"inputs": {"value": json.dumps(value)}})

    assert json.loads(str(evaluate("toJSON(fromJSON(inputs.value))", seen))) == value


@given(st.text(max_size=50))
def test_quoted_text_means_itself(text):
    quoted = text.replace("'", "''")

    assert evaluate(f"'{quoted}'", SEEN) == text
    assert parse(f"  ('{quoted}')  ") == parse(f"'{quoted}'")


@given(_values, _values)
def test_comparing_never_fails_and_is_symmetric(left, right):
    seen = Environment({"inputs": {"left": left, "right": right}})

    forth = evaluate("inputs.left == inputs.right", seen)
    assert forth == evaluate("inputs.right == inputs.left", seen)
    assert evaluate("inputs.left != inputs.right", seen) is (not forth)
