"""A run from its claim to its end, on a real database with a real renderer."""

import pytest

from apps.core.models import AuditEvent
from apps.scaffolder import selectors
from apps.scaffolder.engine import lease
from tests.scaffolder import world

pytestmark = pytest.mark.django_db(transaction=True)


def log(message: object, **more: object) -> dict:
    return {"action": "debug:log", "input": {"message": message}, **more}


class TestAQueuedRun:
    def test_succeeds_with_its_log_and_output(self):
        run = world.start(
            [log("Hello ${{ parameters.name }}", id="greet")],
            values={"name": "Ann"},
            output={
                "links": [
                    {"title": "Site", "url": "https://example.org/${{ parameters.name }}"},
                    {"title": "Hidden", "url": "https://example.org", "if": "${{ false }}"},
                ]
            },
        )

        run = world.run_to_end(run)

        assert run.state == "succeeded"
        assert "Hello Ann" in world.log_of(run)
        assert run.output["links"] == [{"title": "Site", "url": "https://example.org/Ann"}]
        assert [event.seq for event in selectors.events_after(run)] == list(
            range(1, run.last_seq + 1)
        )

    def test_leaves_one_audit_row_for_each_change_of_its_state(self):
        run = world.run_to_end(world.start([log("x")]))

        rows = AuditEvent.objects.filter(object_kind="run", object_id=str(run.pk)).order_by("id")
        changes = [(row.detail["state"]["before"], row.detail["state"]["after"]) for row in rows]
        assert changes == [(None, "queued"), ("queued", "running"), ("running", "succeeded")]

    def test_is_claimed_only_once(self):
        run = world.start([log("x")])

        assert lease.claim(run_id=run.pk) is not None
        assert lease.claim(run_id=run.pk) is None


class TestConditions:
    def test_a_step_whose_if_is_false_is_skipped_and_has_no_output(self):
        run = world.run_to_end(
            world.start(
                [
                    log("never", id="one", **{"if": "${{ parameters.yes }}"}),
                    log("one is ${{ steps.one.output.x or 'absent' }}"),
                ],
                values={"yes": False},
            )
        )

        assert [step.state for step in selectors.steps_of(run)] == ["skipped", "done"]
        assert "one is absent" in world.log_of(run)

    def test_each_goes_through_a_list_with_its_own_if(self):
        run = world.run_to_end(
            world.start(
                [
                    log(
                        "turn ${{ each.key }} ${{ each.value }}",
                        each="${{ parameters.names }}",
                        **{"if": "${{ each.value != 'b' }}"},
                    )
                ],
                values={"names": ["a", "b", "c"]},
            )
        )

        text = world.log_of(run)
        assert run.state == "succeeded"
        assert "turn 0 a" in text
        assert "turn 1 b" not in text
        assert "turn 2 c" in text

    def test_after_a_failure_only_steps_that_ask_for_it_run(self):
        run = world.run_to_end(
            world.start(
                [
                    log("${{ parameters.x | bogus }}", id="bad"),
                    log("plain"),
                    log("on failure", **{"if": "${{ failure() }}"}),
                    log("in any case", **{"if": "${{ always() }}"}),
                ]
            )
        )

        assert run.state == "failed"
        assert [step.state for step in selectors.steps_of(run)] == [
            "failed",
            "skipped",
            "done",
            "done",
        ]
        assert run.error_step == "bad"
        assert "bogus" in run.error_text

    def test_without_a_failure_the_failure_step_is_skipped(self):
        run = world.run_to_end(world.start([log("x", **{"if": "${{ failure() }}"})]))

        assert [step.state for step in selectors.steps_of(run)] == ["skipped"]


class TestExpressionErrors:
    def test_end_the_step_with_the_expression_and_the_cause(self):
        run = world.run_to_end(world.start([log("${{ parameters.a || 'b' }}")]))

        assert run.state == "failed"
        assert "${{ parameters.a || 'b' }}" in run.error_text

    def test_are_silent_when_the_compatibility_setting_says_so(self, settings):
        settings.SCAFFOLDER_BACKSTAGE_SILENCE = True

        run = world.run_to_end(world.start([log("${{ parameters.a || 'b' }}")]))

        assert run.state == "succeeded"
        assert "${{ parameters.a || 'b' }}" in world.log_of(run)


class TestWrongTemplates:
    def test_an_unknown_action_fails_its_step_and_names_the_known_ones(self):
        run = world.run_to_end(world.start([{"action": "nobody:knows"}]))

        assert (run.state, run.error_code) == ("failed", "unknown_action")
        assert "debug:log" in run.error_text

    def test_a_wrong_input_fails_its_step_and_names_the_field(self):
        run = world.run_to_end(
            world.start([{"action": "debug:log", "input": {"listWorkspace": 5}}])
        )

        assert (run.state, run.error_code) == ("failed", "invalid_input")
        assert "listWorkspace" in run.error_text
