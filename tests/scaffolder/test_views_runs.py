"""The pages of runs: what their people see, what others see, what can be done."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.selectors import actor_for
from apps.integrations.models import PipelineRun
from apps.scaffolder import services
from apps.scaffolder.models import Run
from tests.scaffolder.entities import make_entity, make_template
from tests.scaffolder.world import make_user, run_to_end, start

pytestmark = pytest.mark.django_db

HELLO = {"id": "hello", "name": "Say hello", "action": "debug:log", "input": {"message": "Hello"}}
BROKEN = {
    "id": "break",
    "name": "Break it",
    "action": "debug:log",
    "input": {"message": "${{ parameters.name | nosuchfilter }}"},
}


@pytest.fixture
def erin(client: Client) -> Client:
    client.force_login(make_user())
    return client


@pytest.fixture
def zoe() -> Client:
    """Somebody of another team."""
    client = Client()
    client.force_login(make_user("zoe"))
    return client


def page_of(client: Client, run: Run) -> str:
    answer = client.get(f"/runs/{run.pk}")
    assert answer.status_code == 200
    return answer.content.decode()


class TestPage:
    def test_a_run_that_waits_for_a_worker_says_so_and_asks_again(self, erin):
        html = page_of(erin, start([HELLO], values={"name": "refund-api"}))
        assert "a worker takes it up" in html
        assert 'hx-trigger="poll"' in html
        assert '<meta http-equiv="refresh"' in html
        assert "refund-api" in html

    def test_a_run_that_is_over_shows_its_log_and_asks_no_more(self, erin):
        html = page_of(erin, run_to_end(start([HELLO])))
        assert "Succeeded" in html
        assert ">Hello<" in html
        assert 'hx-trigger="poll"' not in html

    def test_a_failure_stands_at_its_step_with_the_ways_on(self, erin):
        html = page_of(erin, run_to_end(start([HELLO, BROKEN], values={"name": "x"})))
        assert "“Break it” failed" in html
        assert "nosuchfilter" in html
        assert "Resume from “Break it”" in html
        assert "Start again with these values" in html

    def test_results_are_links_with_what_is_known_of_them_now(self, erin):
        make_entity("Component", "refund-api", type="service", owner="group:default/payments")
        output = {
            "links": [
                {"title": "Repository", "url": "https://git.example/acme/refund-api"},
                {"title": "Catalog entry", "entityRef": "component:default/refund-api"},
            ]
        }
        html = page_of(erin, run_to_end(start([HELLO], output=output)))
        assert 'href="https://git.example/acme/refund-api"' in html
        assert 'href="/catalog/default/component/refund-api"' in html

    def test_the_pipeline_of_the_new_repository_is_followed(self, erin):
        # The step that makes the repository is not the first one.
        run = run_to_end(start([HELLO, HELLO | {"id": "again"}]))
        step = run.steps.get(n=2)
        step.output = {"remoteUrl": "https://git.example/acme/refund-api"}
        step.save()
        assert "has not begun yet" in page_of(erin, run)
        pipeline = PipelineRun.objects.create(
            full_name="acme/refund-api",
            run_id=1,
            number=1,
            workflow="ci",
            status="in_progress",
            updated_at=timezone.now(),
        )
        html = page_of(erin, run)
        assert "ci, run 1" in html
        assert 'hx-trigger="poll"' in html
        pipeline.status, pipeline.conclusion = "completed", "success"
        pipeline.save()
        html = page_of(erin, run)
        assert "Green" in html
        assert 'hx-trigger="poll"' not in html

    def test_an_estimate_comes_from_real_runs_only(self, erin):
        assert "such runs take" not in page_of(erin, start([HELLO]))
        run_to_end(start([HELLO]))
        assert "such runs take" in page_of(erin, start([HELLO]))

    def test_output_text_of_a_template_cannot_bring_a_script(self, erin):
        text = {"text": [{"title": "Next", "content": "<script>x</script>[a](javascript:x) *b*"}]}
        html = page_of(erin, run_to_end(start([HELLO], output=text)))
        assert "<em>b</em>" in html
        assert "<script>x" not in html
        assert 'href="javascript' not in html

    def test_a_masked_answer_is_masked_here_too(self, erin):
        page = {"properties": {"pin": {"type": "string", "ui:widget": "password"}}}
        html = page_of(erin, start([HELLO], values={"pin": "1234-9876"}, parameters=page))
        assert "1234-9876" not in html

    def test_an_unknown_run_is_a_404(self, erin):
        assert erin.get("/runs/6f2b3c1e-0000-4000-8000-000000000000").status_code == 404
        assert erin.get("/runs/nonsense").status_code == 404

    def test_the_page_takes_few_queries(self, erin, django_assert_max_num_queries):
        run = run_to_end(start([HELLO, HELLO | {"id": "again"}]))
        page_of(erin, run)
        with django_assert_max_num_queries(20):
            page_of(erin, run)


class TestOtherTeams:
    def test_see_state_and_steps_but_neither_log_nor_values(self, zoe):
        run = run_to_end(start([HELLO], values={"name": "refund-api"}))
        html = page_of(zoe, run)
        assert "Succeeded" in html
        assert "Say hello" in html
        assert "refund-api" not in html
        assert ">Hello<" not in html

    def test_may_not_download_cancel_or_resume(self, zoe):
        run = start([HELLO])
        assert zoe.get(f"/runs/{run.pk}/log").status_code == 403
        assert zoe.post(f"/runs/{run.pk}/cancel").status_code == 403
        run.refresh_from_db()
        assert run.state == "queued"

    def test_may_not_take_over_the_values(self, zoe):
        make_template()
        run = start([HELLO], values={"name": "refund-api"})
        assert zoe.get(f"/create/default/service?again={run.pk}").status_code == 403


class TestProgress:
    def test_answers_new_lines_only_and_the_changed_parts(self, erin):
        run = run_to_end(start([HELLO]))
        first = run.events.order_by("seq").first()
        html = erin.get(f"/runs/{run.pk}/progress?after={first.seq}").content.decode()
        assert first.text not in html.split('id="run-status"')[0]
        assert html.count('hx-swap-oob="true"') == 6
        assert "<html" not in html

    def test_a_strange_cursor_means_the_beginning(self, erin):
        run = run_to_end(start([HELLO]))
        assert "Hello" in erin.get(f"/runs/{run.pk}/progress?after=x").content.decode()

    def test_the_download_has_every_line(self, erin):
        run = run_to_end(start([HELLO]))
        lines = erin.get(f"/runs/{run.pk}/log").content.decode().splitlines()
        assert len(lines) == run.events.exclude(text="").count()


class TestControl:
    def test_cancel_stops_a_queued_run(self, erin):
        run = start([HELLO])
        assert erin.post(f"/runs/{run.pk}/cancel")["Location"] == f"/runs/{run.pk}"
        assert "The run was cancelled" in page_of(erin, run)

    def test_cancelling_what_is_over_says_so(self, erin):
        run = run_to_end(start([HELLO]))
        answer = erin.post(f"/runs/{run.pk}/cancel", follow=True)
        assert "has already ended" in answer.content.decode()

    def test_resume_queues_a_failed_run_again(self, erin):
        run = run_to_end(start([HELLO, BROKEN], values={"name": "x"}))
        erin.post(f"/runs/{run.pk}/resume")
        run.refresh_from_db()
        assert run.state == "queued"

    def test_resume_asks_for_secrets_again(self, erin):
        run = run_to_end(start([BROKEN], values={"name": "x"}, secrets={"token": "s3cret"}))
        html = page_of(erin, run)
        assert 'name="secret.token"' in html
        answer = erin.post(f"/runs/{run.pk}/resume", follow=True)
        assert "Type them again" in answer.content.decode()
        erin.post(f"/runs/{run.pk}/resume", {"secret.token": "again"})
        run.refresh_from_db()
        assert run.state == "queued"

    def test_start_again_fills_the_form(self, erin):
        make_template()
        actor = actor_for(make_user())
        run = services.create_run(
            actor=actor, template_ref="template:default/service", values={"name": "refund-api"}
        )
        html = erin.get(f"/create/default/service?again={run.pk}").content.decode()
        assert 'value="refund-api"' in html


class TestList:
    def test_shows_mine_or_all_and_hides_the_names_of_others(self, erin, zoe):
        run = start([HELLO], values={"name": "refund-api"})
        assert "refund-api" in erin.get("/runs").content.decode()
        assert str(run.pk) not in zoe.get("/runs").content.decode()
        of_all = zoe.get("/runs?whose=all").content.decode()
        assert str(run.pk) in of_all
        assert "refund-api" not in of_all

    def test_a_state_narrows_the_list(self, erin):
        run = start([HELLO])
        assert str(run.pk) in erin.get("/runs?state=queued").content.decode()
        assert "No such runs" in erin.get("/runs?state=failed").content.decode()

    def test_a_long_list_has_pages_and_few_queries(self, erin, django_assert_max_num_queries):
        for _ in range(30):
            start([HELLO])
        erin.get("/runs")
        with django_assert_max_num_queries(16):
            html = erin.get("/runs").content.decode()
        assert "page=2" in html

    def test_htmx_gets_the_results_only(self, erin):
        html = erin.get("/runs", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in html
        assert "You have started nothing yet" in html


class TestOffers:
    def test_the_list_names_what_cannot_be_run(self, erin):
        make_template()
        make_template("other", steps=[{"action": "publish:gitlab"}], metadata={"title": "Other"})
        html = erin.get("/create").content.decode()
        assert "publish:gitlab" in html
        assert html.index("Python web service") < html.index("Other")

    def test_the_filter_finds_by_tag(self, erin):
        make_template()
        headers = {"HX-Request": "true"}
        assert "Python web" in erin.get("/create?q=python", headers=headers).content.decode()
        assert "No golden path matches" in erin.get("/create?q=rust").content.decode()

    def test_an_empty_catalog_teaches(self, erin):
        assert "Register a golden path" in erin.get("/create").content.decode()

    def test_success_and_duration_come_from_runs(self, erin):
        make_template()
        actor = actor_for(make_user())
        run = services.create_run(
            actor=actor, template_ref="template:default/service", values={"name": "x"}
        )
        run_to_end(run)
        html = erin.get("/create").content.decode()
        assert "100 %" in html

    def test_the_number_of_queries_does_not_grow(self, erin, django_assert_max_num_queries):
        for number in range(12):
            make_template(f"t{number}")
        erin.get("/create")
        with django_assert_max_num_queries(18):
            erin.get("/create")

    def test_the_entity_page_shows_the_runs(self, erin):
        make_template()
        html = erin.get("/catalog/default/template/service").content.decode()
        assert "Runs of this golden path" in html
