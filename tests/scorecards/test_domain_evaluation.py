import pytest

from apps.scorecards.domain.cel import (
    MAX_LIST,
    EvaluationFailed,
    InvalidExpression,
    compiled,
    make_context,
)
from apps.scorecards.domain.evaluation import Evidence, FactSet, FactValue, evaluate
from apps.scorecards.domain.rules import InvalidRule, parse_rule
from apps.scorecards.domain.states import State

KNOWN = {"workflows", "actions"}


def rule(**changes):
    data = {
        "id": "CI-99",
        "version": 1,
        "title": "Actions are pinned",
        "level": "silver",
        "evidence_class": "B",
        "applies_if": "size(workflows.uses) > 0",
        "not_applicable": "no workflow uses an action",
        "passes_if": "workflows.uses.all(u, u.pinned)",
        "message": {
            "pass": "{{ plural(size(workflows.uses), 'action') }} pinned",
            "fail": "{{ size(workflows.uses.filter(u, !u.pinned)) }} not pinned",
        },
        "evidence": [
            {"each": "workflows.uses.filter(u, !u.pinned)", "text": "uses {{ item.text }}"}
        ],
        "fix": {"steps": ["Pin it."], "link": "https://example.org"},
        "why": "A tag can move.",
    }
    data.update(changes)
    return parse_rule({k: v for k, v in data.items() if v is not None}, known_facts=KNOWN)


def facts(*uses, **more):
    values = {"workflows": FactValue({"uses": list(uses)}), **more}
    return FactSet(values)


PINNED = {"text": "a@" + "0" * 40, "pinned": True, "path": "ci.yml", "line": 3}
LOOSE = {"text": "a@v5", "pinned": False, "path": ".github/workflows/ci.yml", "line": 18}


class TestEvaluate:
    def test_passes_with_the_message_rendered(self):
        outcome = evaluate(rule(), facts(PINNED, PINNED))
        assert (outcome.state, outcome.message) == (State.PASS, "2 actions pinned")

    def test_fails_with_file_and_line_as_evidence(self):
        outcome = evaluate(rule(), facts(PINNED, LOOSE))
        assert outcome.state is State.FAIL
        assert outcome.evidence == (Evidence("uses a@v5", ".github/workflows/ci.yml", 18),)

    def test_does_not_apply_where_applies_if_is_false(self):
        outcome = evaluate(rule(), facts())
        assert (outcome.state, outcome.message) == (
            State.NOT_APPLICABLE,
            "no workflow uses an action",
        )

    def test_has_no_data_without_the_fact_and_names_the_reason(self):
        known = FactSet({"workflows": FactValue(None, "needs the scope contents:read")})
        outcome = evaluate(rule(), known)
        assert (outcome.state, outcome.message) == (State.NO_DATA, "needs the scope contents:read")

    def test_has_no_data_where_nothing_was_ever_collected(self):
        assert evaluate(rule(), FactSet({})).state is State.NO_DATA

    def test_is_an_error_where_the_collector_crashed(self):
        known = FactSet({"workflows": FactValue(None, "the collector failed", failed=True)})
        assert evaluate(rule(), known).state is State.ERROR

    def test_is_stale_where_the_fact_is_too_old(self):
        known = FactSet({"workflows": FactValue({"uses": [LOOSE]}, stale=True)})
        assert evaluate(rule(), known).state is State.STALE

    def test_is_an_error_where_a_field_is_missing(self):
        outcome = evaluate(rule(passes_if="workflows.nothing"), facts(PINNED))
        assert outcome.state is State.ERROR
        assert "nothing" in outcome.message

    def test_is_an_error_where_the_condition_is_not_true_or_false(self):
        assert evaluate(rule(passes_if="workflows.uses"), facts(PINNED)).state is State.ERROR

    def test_warns_where_warn_if_holds(self):
        outcome = evaluate(rule(warn_if="size(workflows.uses) == 1"), facts(LOOSE))
        assert outcome.state is State.WARN

    def test_declared_evidence_advises_at_most(self):
        assert evaluate(rule(evidence_class="C"), facts(LOOSE)).state is State.WARN

    def test_an_optional_fact_may_be_missing(self):
        optional = rule(
            passes_if="(actions.known && actions.sha_pinning_required) || "
            "workflows.uses.all(u, u.pinned)",
            optional_facts=["actions"],
        )
        hidden = FactValue(None, "needs administration:read")
        central = FactValue({"sha_pinning_required": True})
        assert evaluate(optional, facts(LOOSE, actions=hidden)).state is State.FAIL
        assert evaluate(optional, facts(LOOSE, actions=central)).state is State.PASS


class TestParseRule:
    def test_refuses_a_fact_that_no_collector_gives(self):
        with pytest.raises(InvalidRule, match="there is no fact wrkflows"):
            rule(passes_if="size(wrkflows) > 0")

    def test_refuses_an_unknown_field(self):
        with pytest.raises(InvalidRule, match="pases_if"):
            rule(pases_if="true")

    def test_refuses_a_missing_field(self):
        with pytest.raises(InvalidRule, match="why is missing"):
            rule(why=None)

    def test_reads_the_facts_from_the_expressions(self):
        assert rule().facts == {"workflows"}


class TestBounds:
    @pytest.mark.parametrize(
        "source",
        [
            "1" + " || 1" * 2000,
            "(" * 200 + "1" + ")" * 200,
            "a.all(x, a.all(y, a.all(z, x == y)))",
            "a.map(x, a.filter(y, a.exists(z, z == x)))",
            "a" + "+a" * 30,
            "open('/etc/passwd')",
            "1 +",
        ],
    )
    def test_an_expression_without_bounds_is_refused(self, source):
        with pytest.raises(InvalidExpression):
            compiled(source)

    def test_a_bracket_inside_a_string_does_not_count(self):
        assert compiled("'" + "(" * 100 + "' == a").variables == {"a"}

    def test_lists_are_cut(self):
        context = make_context({"a": {"rows": list(range(10_000))}})
        assert compiled("size(a.rows)").evaluate(context) == MAX_LIST

    def test_a_wrong_type_is_our_own_error(self):
        with pytest.raises(EvaluationFailed):
            compiled("a.b > 'x'").evaluate(make_context({"a": {"b": 1}}))
