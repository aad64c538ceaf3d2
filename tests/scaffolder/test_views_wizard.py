"""Filling in a golden path in a browser, with and without JavaScript."""

import json
import re

import pytest
from django.test import Client

from apps.scaffolder.models import Run
from tests.scaffolder.entities import make_entity, make_team, make_template
from tests.scaffolder.world import make_user

pytestmark = pytest.mark.django_db

ADDRESS = "/create/default/service"
TWO_PAGES = [
    {
        "title": "What it is",
        "required": ["name", "owner"],
        "properties": {
            "name": {"title": "Name", "type": "string", "pattern": "^[a-z-]+$"},
            "owner": {
                "title": "Owner",
                "type": "string",
                "ui:field": "OwnerPicker",
                "ui:options": {"catalogFilter": {"kind": "Group"}},
            },
        },
    },
    {
        "title": "How it runs",
        "properties": {
            "database": {"title": "Database", "type": "string", "enum": ["none", "postgres"]},
            "token": {"title": "Token", "type": "string", "ui:field": "Secret"},
        },
        "dependencies": {
            "database": {
                "oneOf": [
                    {"properties": {"database": {"const": "none"}}},
                    {
                        "properties": {
                            "database": {"const": "postgres"},
                            "size": {"title": "Size", "type": "integer", "minimum": 1},
                        },
                        "required": ["size"],
                    },
                ]
            }
        },
    },
]


@pytest.fixture
def erin(client: Client) -> Client:
    client.force_login(make_user())
    return client


def draft_in(html: str) -> str:
    return re.search(r'name="draft" value="([^"]+)"', html)[1]


def start(client: Client) -> str:
    return draft_in(client.get(ADDRESS).content.decode())


def send(client: Client, draft: str, page: object, go: str, htmx: bool = False, **values: object):
    data = {"draft": draft, "page": page, "go": go}
    data |= {f"v.{name}": value for name, value in values.items()}
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(ADDRESS, data, headers=headers)


class TestPages:
    def test_the_main_road_ends_with_a_run(self, erin):
        make_team("payments", "erin")
        make_template(parameters=TWO_PAGES)
        draft = start(erin)

        to_second = send(erin, draft, 1, "next", name="refund-api", owner="group:default/payments")
        assert to_second.status_code == 302
        assert "page=2" in to_second["Location"]
        to_review = send(erin, draft, 2, "next", database="postgres", size="3", token="s3cret")
        review = erin.get(to_review["Location"]).content.decode()
        assert "refund-api" in review
        assert "s3cret" not in review
        done = send(erin, draft, "review", "create")

        run = Run.objects.get()
        assert (done.status_code, done["Location"]) == (303, f"/runs/{run.pk}")
        assert run.params == {
            "name": "refund-api",
            "owner": "group:default/payments",
            "database": "postgres",
            "size": 3,
            "token": "********",
        }
        assert run.secret_names == ["token"]

    def test_create_pressed_twice_is_one_run(self, erin):
        make_template()
        draft = start(erin)
        send(erin, draft, 1, "next", name="refund-api")
        first = send(erin, draft, "review", "create")
        second = send(erin, draft, "review", "create")
        assert first["Location"] == second["Location"]
        assert Run.objects.count() == 1

    def test_another_answer_is_another_run(self, erin):
        make_template()
        draft = start(erin)
        send(erin, draft, 1, "next", name="refund-api")
        send(erin, draft, "review", "create")
        send(erin, draft, 1, "next", name="other-api")
        send(erin, draft, "review", "create")
        assert Run.objects.count() == 2

    def test_a_wrong_value_stands_beside_its_field_and_is_kept(self, erin):
        make_template()
        draft = start(erin)
        answer = send(erin, draft, 1, "next", name="Not a name!", note="kept")
        html = answer.content.decode()
        assert answer.status_code == 422
        assert 'value="Not a name!"' in html
        assert 'value="kept"' in html
        assert 'id="field-name-error"' in html
        assert Run.objects.count() == 0

    def test_what_was_typed_survives_a_reload_and_the_way_back(self, erin):
        make_team("payments", "erin")
        make_template(parameters=TWO_PAGES)
        draft = start(erin)
        send(erin, draft, 1, "next", name="refund-api", owner="group:default/payments")
        send(erin, draft, 2, "page:1", database="postgres", size="7")
        assert 'value="refund-api"' in erin.get(f"{ADDRESS}?draft={draft}&page=1").content.decode()
        assert 'value="7"' in erin.get(f"{ADDRESS}?draft={draft}&page=2").content.decode()

    def test_an_unfinished_form_is_offered_again(self, erin):
        make_template()
        draft = start(erin)
        assert "Go on with that" not in erin.get(ADDRESS).content.decode()
        send(erin, draft, 1, "refresh", name="refund-api")
        assert f"draft={draft}" in erin.get(ADDRESS).content.decode()

    def test_a_form_whose_session_has_ended_keeps_what_is_posted(self, erin):
        make_template()
        answer = send(erin, "unknown-draft-id", 1, "next", name="refund-api")
        assert answer.status_code == 302
        assert "refund-api" in erin.get(answer["Location"]).content.decode()

    def test_the_review_cannot_be_used_to_get_around_a_page(self, erin):
        make_template()
        draft = start(erin)
        answer = send(erin, draft, "review", "create")
        assert answer.status_code == 422
        assert Run.objects.count() == 0

    def test_form_data_in_the_address_fills_the_form(self, erin):
        make_template()
        html = erin.get(ADDRESS, {"formData": json.dumps({"name": "refund-api"})}).content.decode()
        assert 'value="refund-api"' in html

    def test_broken_form_data_is_no_obstacle(self, erin):
        make_template()
        assert erin.get(ADDRESS, {"formData": "{"}).status_code == 200


class TestConditionalFields:
    def test_choosing_a_branch_brings_its_field_in_a_fragment(self, erin):
        make_template(parameters=TWO_PAGES)
        draft = start(erin)
        answer = send(erin, draft, 2, "refresh", htmx=True, database="postgres")
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "<html" not in html
        assert 'name="v.size"' in html
        assert (
            'name="v.size"'
            not in send(erin, draft, 2, "refresh", htmx=True, database="none").content.decode()
        )

    def test_a_hidden_answer_is_not_submitted(self, erin):
        make_team("payments", "erin")
        make_template(parameters=TWO_PAGES)
        draft = start(erin)
        send(erin, draft, 1, "next", name="refund-api", owner="group:default/payments")
        send(erin, draft, 2, "refresh", database="postgres", size="3")
        send(erin, draft, 2, "next", database="none")
        send(erin, draft, "review", "create")
        assert "size" not in Run.objects.get().params


class TestRows:
    PAGE = [
        {
            "title": "Ports",
            "properties": {
                "ports": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["number"],
                        "properties": {"number": {"type": "integer", "maximum": 65535}},
                    },
                }
            },
        }
    ]

    def test_rows_are_added_and_removed_without_losing_the_others(self, erin):
        make_template(parameters=self.PAGE)
        draft = start(erin)
        send(erin, draft, 1, "add:ports", ports="")
        send(erin, draft, 1, "add:ports", **{"ports[0].number": "80", "ports[0]": ""})
        both = {"ports[0].number": "80", "ports[0]": "", "ports[1].number": "443", "ports[1]": ""}
        send(erin, draft, 1, "remove:ports[0]", **both)
        html = erin.get(f"{ADDRESS}?draft={draft}").content.decode()
        assert 'value="443"' in html
        assert 'value="80"' not in html

    def test_a_wrong_value_in_a_row_is_told_at_that_row(self, erin):
        make_template(parameters=self.PAGE)
        draft = start(erin)
        values = {"ports[0].number": "80", "ports[1].number": "99999"}
        html = send(erin, draft, 1, "next", **values).content.decode()
        assert 'id="field-ports-1-number-error"' in html
        assert 'id="field-ports-0-number-error"' not in html


class TestPickers:
    def test_the_persons_own_team_is_chosen_and_comes_first(self, erin):
        make_team("alpha")
        make_team("payments", "erin")
        make_template(parameters=TWO_PAGES)
        html = erin.get(ADDRESS).content.decode()
        assert '<option value="group:default/payments" selected>' in html
        assert html.index("group:default/payments") < html.index("group:default/alpha")

    def test_an_owner_that_does_not_exist_is_refused(self, erin):
        make_team("payments", "erin")
        make_template(parameters=TWO_PAGES)
        draft = start(erin)
        answer = send(erin, draft, 1, "next", name="x", owner="group:default/nobody")
        assert answer.status_code == 422
        assert "There is no group:default/nobody here to choose" in answer.content.decode()

    def test_a_picker_that_finds_nothing_says_what_it_looked_for(self, erin):
        make_template(parameters=TWO_PAGES)
        assert "The catalog has no Group" in erin.get(ADDRESS).content.decode()

    def test_a_field_of_an_unknown_kind_is_a_text_with_a_note(self, erin):
        page = {"properties": {"x": {"type": "string", "ui:field": "HarnessAuthToken"}}}
        make_template(parameters=page)
        html = erin.get(ADDRESS).content.decode()
        assert "HarnessAuthToken" in html
        assert 'name="v.x"' in html

    def test_many_entities_are_searched_while_typing(self, erin):
        for number in range(60):
            make_entity("System", f"system-{number}", owner="group:default/x")
        page = {
            "properties": {
                "system": {
                    "type": "string",
                    "ui:field": "EntityPicker",
                    "ui:options": {"catalogFilter": {"kind": "System"}},
                }
            }
        }
        make_template(parameters=page)
        html = erin.get(ADDRESS).content.decode()
        assert "<datalist" in html
        found = erin.get(f"{ADDRESS}/options?page=0&path=system&v.system=system-42")
        assert "system:default/system-42" in found.content.decode()

    def test_a_repository_is_three_inputs_and_one_value(self, erin):
        page = {
            "required": ["repoUrl"],
            "properties": {"repoUrl": {"type": "string", "ui:field": "RepoUrlPicker"}},
        }
        make_template(parameters=page)
        draft = start(erin)
        data = {
            "draft": draft,
            "page": 1,
            "go": "next",
            "p.repoUrl.host": "git.example.com",
            "p.repoUrl.owner": "acme",
            "p.repoUrl.repo": "refund-api",
        }
        assert erin.post(ADDRESS, data).status_code == 302
        send(erin, draft, "review", "create")
        assert Run.objects.get().params == {"repoUrl": "git.example.com?owner=acme&repo=refund-api"}

    def test_a_hostile_repository_name_is_refused_at_its_field(self, erin):
        page = {"properties": {"repoUrl": {"type": "string", "ui:field": "RepoUrlPicker"}}}
        make_template(parameters=page)
        draft = start(erin)
        data = {"draft": draft, "page": 1, "go": "next", "p.repoUrl.host": "git.example.com"}
        data |= {"p.repoUrl.owner": "acme", "p.repoUrl.repo": "../../etc"}
        answer = erin.post(ADDRESS, data)
        assert answer.status_code == 422
        assert "is not a name that GitHub allows" in answer.content.decode()


class TestNotRunnable:
    def test_an_unknown_action_is_named_before_anybody_fills_in(self, erin):
        make_template(steps=[{"action": "publish:gitlab"}, {"action": "debug:log"}])
        html = erin.get(ADDRESS).content.decode()
        assert "publish:gitlab" in html
        assert "cannot be run here" in html
        assert '<form class="golden-path' not in html
        assert erin.post(ADDRESS, {"go": "create", "page": "review"}).status_code == 200
        assert Run.objects.count() == 0

    def test_a_template_that_is_wrong_says_where(self, erin):
        make_template(steps=[])
        assert "spec.steps" in erin.get(ADDRESS).content.decode()

    def test_a_template_that_does_not_exist_is_a_404(self, erin):
        assert erin.get("/create/default/none").status_code == 404


def test_a_viewer_may_look_but_not_run(client):
    make_template()
    client.force_login(make_user("vera", role="viewer"))
    html = client.get(ADDRESS).content.decode()
    assert "Viewers look and do not change" in html


def test_the_page_of_a_form_takes_few_queries(erin, django_assert_max_num_queries):
    make_team("payments", "erin")
    make_template(parameters=TWO_PAGES)
    erin.get(ADDRESS)
    with django_assert_max_num_queries(22):
        erin.get(ADDRESS)


def test_fields_stand_in_the_order_of_the_template(erin):
    names = ["a_rather_long_name", "b", "it"]
    page = {"properties": {name: {"type": "string"} for name in names}}
    make_template(parameters=page)
    html = erin.get(ADDRESS).content.decode()
    places = [html.index(f'name="v.{name}"') for name in names]
    assert places == sorted(places)
