"""Backstage's scaffolder API with tokens."""

import json
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts import tokens
from apps.accounts.models import Role
from apps.accounts.permissions import ALL_SCOPES
from apps.catalog import services as catalog
from apps.scaffolder.clock import database_now
from apps.scaffolder.engine import invariants, loop
from apps.scaffolder.models import Run
from tests.scaffolder import world

pytestmark = pytest.mark.django_db(transaction=True)

TEMPLATE = """
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: hello
  title: Hello
spec:
  type: service
  owner: group:default/platform
  parameters:
    - title: Who
      required: [name]
      properties:
        name: {type: string, minLength: 2}
  steps:
    - id: say
      name: Say it
      action: debug:log
      input: {message: "Hello ${{ parameters.name }}"}
  output:
    links:
      - {title: Site, url: "https://example.org/${{ parameters.name }}"}
"""


class Client:
    """A client of the API with a token."""

    def __init__(self, client: Any, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/scaffolder{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/scaffolder{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=self.headers | headers,
        )


def token_of(name: str, role: str = Role.MEMBER, scopes: frozenset[str] = ALL_SCOPES) -> str:
    user = world.make_user(name, role)
    issued = tokens.issue_token(user=user, name="test", scopes=scopes, now=database_now())
    return issued.secret


@pytest.fixture
def hello(tmp_path, settings) -> None:
    """The golden path "hello" in the catalog."""
    settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    now = database_now()
    location = catalog.register_location(
        actor=None, target=str(tmp_path / "template.yaml"), now=now, trusted=True
    )
    catalog.process_location_now(location_id=location.pk, now=now)


@pytest.fixture
def erin(client, hello) -> Client:
    return Client(client, token_of("erin"))


BODY = {"templateRef": "template:default/hello", "values": {"name": "Ann"}}


class TestTemplates:
    def test_the_form_of_a_template(self, erin):
        answer = erin.get("/v2/templates/default/template/hello/parameter-schema").json()

        assert answer["title"] == "Hello"
        assert answer["steps"] == [
            {
                "title": "Who",
                "schema": {
                    "required": ["name"],
                    "properties": {"name": {"type": "string", "minLength": 2}},
                },
            }
        ]

    def test_a_missing_one_is_a_404_in_backstages_form(self, erin):
        answer = erin.get("/v2/templates/default/template/none/parameter-schema")

        assert answer.status_code == 404
        assert answer.json()["error"]["name"] == "NotFoundError"

    def test_actions_come_sorted_with_their_schemas(self, erin):
        answer = erin.get("/v2/actions").json()

        ids = [action["id"] for action in answer]
        assert ids == sorted(ids)
        assert {"publish:github", "fetch:template", "catalog:register", "debug:wait"} <= set(ids)
        assert all(action["description"] and action["schema"]["input"] for action in answer)


class TestTasks:
    def test_are_created_run_and_read(self, erin):
        created = erin.post("/v2/tasks", BODY)
        assert created.status_code == 201
        key = created.json()["id"]
        assert erin.get(f"/v2/tasks/{key}").json()["status"] == "open"

        loop.run_one(Run.objects.get(pk=key).pk)

        task = erin.get(f"/v2/tasks/{key}").json()
        assert (task["status"], task["createdBy"]) == ("completed", "user:default/erin")
        assert task["spec"]["parameters"] == {"name": "Ann"}
        assert task["output"]["links"][0]["url"] == "https://example.org/Ann"
        listed = erin.get("/v2/tasks?status=completed&order=desc:created_at").json()
        assert (listed["totalTasks"], listed["tasks"][0]["id"]) == (1, key)
        assert erin.get("/v2/tasks?status=open").json()["totalTasks"] == 0
        assert erin.get("/v2/tasks?createdBy=user:default/nobody").json()["totalTasks"] == 0

    def test_wrong_values_are_a_400_that_names_the_field(self, erin):
        answer = erin.post("/v2/tasks", BODY | {"values": {"name": "A"}})

        assert answer.status_code == 400
        assert "name" in answer.json()["error"]["message"]
        assert Run.objects.count() == 0

    @pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
    def test_characters_that_cannot_be_stored_are_a_400(self, erin, name):
        assert erin.post("/v2/tasks", BODY | {"values": {"name": name}}).status_code == 400

    def test_an_emoji_is_a_character(self, erin):
        assert erin.post("/v2/tasks", BODY | {"values": {"name": "😀😀"}}).status_code == 201

    def test_the_same_idempotency_key_makes_one_run(self, erin):
        first = erin.post("/v2/tasks", BODY, **{"Idempotency-Key": "k"}).json()
        again = erin.post("/v2/tasks", BODY, **{"Idempotency-Key": "k"}).json()
        other = erin.post(
            "/v2/tasks", BODY | {"values": {"name": "Bob"}}, **{"Idempotency-Key": "k"}
        )

        assert first == again
        assert other.status_code == 409
        assert Run.objects.count() == 1

    def test_of_many_at_once_with_one_key_one_is_made(self, hello):
        user = world.make_user("erin")
        made: list[object] = []
        start = threading.Barrier(10)

        def create() -> None:
            start.wait()
            made.append(world.start([{"action": "debug:log"}], key="same", user=user).pk)
            connection.close()

        threads = [threading.Thread(target=create) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(made) == 10
        assert len(set(made)) == 1
        assert invariants.violated() == []

    def test_are_cancelled_and_retried(self, erin):
        key = erin.post("/v2/tasks", BODY).json()["id"]

        assert erin.post(f"/v2/tasks/{key}/cancel").json() == {"status": "cancelled"}
        assert erin.get(f"/v2/tasks/{key}").json()["status"] == "cancelled"
        assert erin.post(f"/v2/tasks/{key}/cancel").status_code == 409
        assert erin.post(f"/v2/tasks/{key}/retry").json() == {"id": key}
        assert erin.post(f"/v2/tasks/{key}/retry").status_code == 409
        loop.run_one(Run.objects.get(pk=key).pk)
        assert erin.get(f"/v2/tasks/{key}").json()["status"] == "completed"


class TestEvents:
    def test_come_after_a_number_and_as_a_stream_that_ends(self, erin):
        key = erin.post("/v2/tasks", BODY).json()["id"]
        loop.run_one(Run.objects.get(pk=key).pk)

        events = erin.get(f"/v2/tasks/{key}/events").json()
        later = erin.get(f"/v2/tasks/{key}/events?after={events[0]['id']}").json()
        stream = b"".join(erin.get(f"/v2/tasks/{key}/eventstream").streaming_content).decode()

        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert later == events[1:]
        assert events[-1]["type"] == "completion"
        assert events[-1]["body"]["output"]["links"]
        assert any(event["body"].get("stepId") == "say" for event in events)
        assert stream.count("event: log") + stream.count("event: completion") == len(events)


class TestRights:
    def test_without_a_token_nothing_is_answered(self, client, hello):
        assert client.get("/api/scaffolder/v2/actions").status_code == 401

    def test_a_viewer_starts_nothing(self, client, hello):
        viewer = Client(client, token_of("victor", Role.VIEWER))

        assert viewer.post("/v2/tasks", BODY).status_code == 403
        assert Run.objects.count() == 0

    def test_a_token_without_the_scope_starts_nothing(self, client, hello):
        reader = Client(client, token_of("rita", scopes=frozenset({"catalog:read", "runs:read"})))

        answer = reader.post("/v2/tasks", BODY)

        assert answer.status_code == 403
        assert "runs:create" in answer.json()["error"]["message"]

    def test_others_see_the_state_but_neither_values_nor_log(self, client, erin):
        key = erin.post("/v2/tasks", BODY).json()["id"]
        olga = Client(client, token_of("olga"))

        task = olga.get(f"/v2/tasks/{key}").json()

        assert task["status"] == "open"
        assert "spec" not in task
        assert olga.get(f"/v2/tasks/{key}/events").status_code == 403
        assert olga.get(f"/v2/tasks/{key}/eventstream").status_code == 403
        assert olga.post(f"/v2/tasks/{key}/cancel").status_code == 403


class TestTheCommand:
    def test_follows_a_run_to_its_end(self, hello, tmp_path, capsys):
        world.make_user("ada", Role.ADMIN)
        values = tmp_path / "values.yaml"
        values.write_text("name: Ann\n")

        call_command("run_template", "template:default/hello", values=str(values), wait=True)

        said = capsys.readouterr().out
        assert "Hello Ann" in said
        assert "Site: https://example.org/Ann" in said

    def test_says_which_value_is_wrong(self, hello, tmp_path):
        world.make_user("ada", Role.ADMIN)
        values = tmp_path / "values.yaml"
        values.write_text("name: A\n")

        with pytest.raises(CommandError, match="name"):
            call_command("run_template", "template:default/hello", values=str(values))

    def test_ends_with_an_error_where_the_run_failed(self, hello, tmp_path, monkeypatch):
        world.make_user("ada", Role.ADMIN)
        values = tmp_path / "values.yaml"
        values.write_text("name: Ann\n")
        text = TEMPLATE.replace("debug:log", "nobody:knows").replace("name: hello", "name: broken")
        (tmp_path / "broken.yaml").write_text(text)
        now = database_now()
        location = catalog.register_location(
            actor=None, target=str(tmp_path / "broken.yaml"), now=now, trusted=True
        )
        catalog.process_location_now(location_id=location.pk, now=now)

        with pytest.raises(SystemExit) as caught:
            call_command("run_template", "template:default/broken", values=str(values), wait=True)

        assert caught.value.code == 1
