"""publish:github and its family, against the embedded forge behind the proxy of faults."""

import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from apps.integrations.github.auth import TokenIdentity
from apps.integrations.github.client import client_with
from apps.scaffolder import selectors, services
from apps.scaffolder.engine import invariants, loop
from apps.scaffolder.models import Run
from tests.scaffolder import world

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.parametrize("server", ["forge"], indirect=True),
]

CREATE = r"POST /api/v3/orgs/acme/repos"


@pytest.fixture
def place(tmp_path: Path, settings) -> str:
    settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
    skeleton = tmp_path / "skeleton"
    (skeleton / "src").mkdir(parents=True)
    (skeleton / "README.md").write_text("# ${{ values.name }}\n")
    (skeleton / "src" / "main.py").write_text("print('${{ values.name }}')\n")
    (skeleton / "run.sh").write_text("#!/bin/sh\n")
    (skeleton / "run.sh").chmod(0o755)
    return f"file:{tmp_path}/template.yaml"


@pytest.fixture
def forge(server, settings):
    """A client past the proxy."""
    settings.OUTBOUND_ALLOWED_HOSTS = [server.url]
    return client_with(TokenIdentity(server.token), base_url=server.api_url)


def address(settings, name: str) -> str:
    return f"{urlsplit(settings.GITHUB_URL).netloc}?owner=acme&repo={name}"


def publish(settings, place: str, name: str, **more: object) -> Run:
    return world.start(
        [
            {
                "id": "fetch",
                "action": "fetch:template",
                "input": {"url": "./skeleton", "values": {"name": "${{ parameters.name }}"}},
            },
            {
                "id": "publish",
                "action": "publish:github",
                "input": {
                    "repoUrl": "${{ parameters.repoUrl }}",
                    "description": "A shop",
                    "defaultBranch": "main",
                    "repoVisibility": "public",
                    **more,
                },
            },
        ],
        values={"name": name, "repoUrl": address(settings, name)},
        location=place,
        output={"links": [{"title": "Code", "url": "${{ steps.publish.output.remoteUrl }}"}]},
    )


def due_now(run: Run) -> None:
    """Let a waiting run be due at once, instead of waiting in the test."""
    Run.objects.filter(pk=run.pk).update(next_attempt_at=run.created_at)


def new_name() -> str:
    return f"shop-{uuid.uuid4().hex[:8]}"


class TestPublish:
    def test_makes_a_repository_with_one_commit_and_its_settings(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        name = new_name()

        run = world.run_to_end(publish(settings, place, name, topics=["python"]))

        assert run.state == "succeeded", run.error_text
        made = forge.get_repository(f"acme/{name}")
        assert made.homepage == f"{settings.PUBLIC_URL}/runs/{run.pk}#step-2"
        assert made.default_branch == "main"
        assert made.topics == ("python",)
        tree = forge.get_tree(f"acme/{name}", "main")
        assert {(file.path, file.mode) for file in tree.files} == {
            ("README.md", "100644"),
            ("run.sh", "100755"),
            ("src/main.py", "100644"),
        }
        assert len(forge.list_commits(f"acme/{name}")) == 1
        assert forge.get_protection(f"acme/{name}", "main") is not None
        assert [hook.url for hook in forge.list_hooks(f"acme/{name}")] == [
            f"{settings.PUBLIC_URL}/webhooks/github"
        ]
        step = selectors.steps_of(run)[1]
        assert step.external_id == f"github:repository:{made.id}"
        assert step.output["commitHash"] == tree.commit_sha
        assert step.output["repoContentsUrl"].endswith(f"/acme/{name}/blob/main")
        assert selectors.results(run).links[0].url.endswith(f"/acme/{name}")
        assert invariants.violated() == []

    def test_refuses_another_host_before_any_call(self, settings, place, proxy):
        run = publish(settings, place, new_name())
        Run.objects.filter(pk=run.pk).update(
            params={"name": "x", "repoUrl": "evil.example?owner=acme&repo=x"}
        )

        run = world.run_to_end(run)

        assert (run.state, run.error_code) == ("failed", "unknown_host")
        assert proxy.count("") == 0

    @pytest.mark.parametrize(
        "query",
        [
            "owner=o%2F..%2F..&repo=x",
            "owner=acme&repo=%252Fx",
            "owner=acme&repo=%2e%2e",
            "owner=acme&repo=a\\b",
            "owner=acme&repo=x#y",
            "owner=acme&repo=x?y",
            "owner=acme&repo=x@evil",
            "owner=acme&repo=x∕y",
        ],
    )
    def test_refuses_hostile_repository_names_before_any_call(
        self,
        settings,
        place,
        proxy,
        query,
    ):
        run = publish(settings, place, new_name())
        host = urlsplit(settings.GITHUB_URL).netloc
        Run.objects.filter(pk=run.pk).update(params={"name": "x", "repoUrl": f"{host}?{query}"})

        run = world.run_to_end(run)

        assert (run.state, run.error_code) == ("failed", "bad_scm_url")
        assert proxy.calls_to("") == 0

    @pytest.mark.parametrize("action", ["publish:github", "publish:github:pull-request"])
    def test_takes_no_files_from_outside_the_workspace(self, settings, place, proxy, action):
        given = {
            "repoUrl": address(settings, "x"),
            "sourcePath": "../../",
            "branchName": "b",
            "title": "t",
            "description": "d",
        }

        run = world.run_to_end(world.start([{"action": action, "input": given}]))

        assert (run.state, run.error_code) == ("failed", "unsafe_path")
        assert proxy.count("") == 0


class TestNameTaken:
    def test_by_a_stranger_fails_and_leaves_theirs_alone(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        name = new_name()
        forge.create_repository(owner="acme", name=name, description="theirs", auto_init=True)
        before = (forge.get_repository(f"acme/{name}"), forge.get_tree(f"acme/{name}", "main"))

        run = world.run_to_end(publish(settings, place, name))

        assert (run.state, run.error_code) == ("failed", "name_taken")
        after = (forge.get_repository(f"acme/{name}"), forge.get_tree(f"acme/{name}", "main"))
        assert after == before
        assert selectors.leftovers(run) == []

    def test_by_this_run_is_adopted(self, settings, place, proxy, forge):
        name = new_name()
        run = publish(settings, place, name)
        marker = f"{settings.PUBLIC_URL}/runs/{run.pk}#step-2"
        forge.create_repository(owner="acme", name=name, homepage=marker)

        run = world.run_to_end(run)

        assert run.state == "succeeded", run.error_text
        assert proxy.count(CREATE) == 0
        assert len(forge.list_commits(f"acme/{name}")) == 1


class TestLostAnswers:
    @pytest.mark.parametrize("kind", ["drop_after", "half_body"])
    @pytest.mark.parametrize(
        "call",
        [
            CREATE,
            r"POST .*/git/trees",
            r"POST .*/git/commits",
            r"(POST|PATCH) .*/git/refs",
            r"PUT .*/contents/",
            r"POST .*/hooks",
            r"PUT .*/protection",
            r"PUT .*/topics",
        ],
    )
    def test_are_found_again_and_nothing_is_made_twice(
        self,
        settings,
        place,
        proxy,
        forge,
        kind,
        call,
    ):
        name = new_name()
        run = publish(settings, place, name, topics=["x"])
        proxy.fault(call, kind)

        for _ in range(4):
            run = world.run_to_end(run)
            if run.state != "waiting":
                break
            due_now(run)

        assert run.state == "succeeded", run.error_text
        assert proxy.count(CREATE) == 1
        assert len(forge.list_commits(f"acme/{name}")) == 1
        assert len(forge.list_hooks(f"acme/{name}")) == 1
        assert invariants.violated() == []

    def test_a_stale_404_after_the_creation_makes_no_second_repository(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        name = new_name()
        run = publish(settings, place, name)
        proxy.fault(CREATE, "drop_after")
        proxy.fault(rf"GET .*/repos/acme/{name}$", "stale_404", n=2)

        run = world.run_to_end(run)

        assert run.state == "succeeded", run.error_text
        assert proxy.count(CREATE) == 1


class TestRefusals:
    def test_a_rate_limit_makes_the_run_wait_until_it_ends(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        run = publish(settings, place, new_name())
        proxy.fault(CREATE, "rate_limit", reset_in=120)

        run = world.run_to_end(run)

        assert run.state == "waiting"
        assert "has asked for fewer calls" in run.waiting_reason
        assert 100 < (run.next_attempt_at - run.started_at).total_seconds() < 140
        assert selectors.steps_of(run)[1].attempts == 0
        assert loop.run_one(run.pk) is False

    def test_an_unavailable_forge_makes_it_wait_and_is_tried_eight_times_at_most(
        self,
        settings,
        place,
        proxy,
    ):
        run = publish(settings, place, new_name())
        proxy.fault(r"GET /api/v3/user", "status", n=100, status=503)

        for _ in range(8):
            run = world.run_to_end(run)
            due_now(run)

        assert (run.state, run.error_code) == ("failed", "attempts_spent")
        assert selectors.steps_of(run)[1].attempts == 8

    def test_a_revoked_token_fails_with_what_to_do_and_no_token_in_the_log(
        self,
        settings,
        place,
        proxy,
        server,
    ):
        run = publish(settings, place, new_name())
        proxy.fault(CREATE, "status", n=9, status=401, body={"message": "Bad credentials"})

        run = world.run_to_end(run)

        assert (run.state, run.error_code) == ("failed", "bad_credentials")
        assert server.token not in world.log_of(run)

    def test_what_was_made_before_a_failure_is_listed_and_used_by_the_resume(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        name = new_name()
        run = publish(settings, place, name)
        proxy.fault(r"PUT .*/protection", "status", status=422, body={"message": "No"})

        run = world.run_to_end(run)
        left = selectors.leftovers(run)
        services.resume_run(actor=world.actor_of(run), run=run)
        run = world.run_to_end(run)

        assert [one.url.endswith(f"/acme/{name}") for one in left] == [True]
        assert run.state == "succeeded", run.error_text
        assert proxy.count(CREATE) == 1
        assert len(forge.list_commits(f"acme/{name}")) == 1


class TestPullRequest:
    def test_opens_one_with_the_files_and_the_deletions(
        self,
        settings,
        place,
        proxy,
        forge,
    ):
        name = new_name()
        forge.create_repository(owner="acme", name=name, auto_init=True)
        run = world.start(
            [
                {
                    "action": "fetch:template",
                    "input": {"url": "./skeleton", "values": {"name": "x"}},
                },
                {
                    "id": "pr",
                    "action": "publish:github:pull-request",
                    "input": {
                        "repoUrl": address(settings, name),
                        "branchName": "add-it",
                        "title": "Add it",
                        "description": "Because.",
                        "targetPath": "service",
                        "filesToDelete": ["README.md", "never-there"],
                    },
                },
            ],
            location=place,
        )
        proxy.fault(r"POST .*/pulls$", "drop_after")

        run = world.run_to_end(run)

        assert run.state == "succeeded", run.error_text
        output = selectors.steps_of(run)[1].output
        opened = forge.get_pull_request(f"acme/{name}", output["pullRequestNumber"])
        assert opened.head_branch == "add-it"
        changed = forge.list_pull_request_files(f"acme/{name}", opened.number)
        assert {file.path: file.status for file in changed} == {
            "README.md": "removed",
            "service/README.md": "added",
            "service/run.sh": "added",
            "service/src/main.py": "added",
        }
        assert len(forge.list_pull_requests(f"acme/{name}")) == 1


class TestDispatch:
    def test_starts_a_workflow_once_although_the_answer_was_lost(
        self, settings, tmp_path, proxy, forge
    ):
        settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
        folder = tmp_path / "skeleton" / ".github" / "workflows"
        folder.mkdir(parents=True)
        (folder / "deploy.yml").write_text(
            "on: workflow_dispatch\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
        )
        name = new_name()
        host = address(settings, name)
        run = world.start(
            [
                {"action": "fetch:plain", "input": {"url": "./skeleton"}},
                {"action": "publish:github", "input": {"repoUrl": host, "defaultBranch": "main"}},
                {
                    "id": "start",
                    "action": "github:actions:dispatch",
                    "input": {
                        "repoUrl": host,
                        "workflowId": "deploy.yml",
                        "branchOrTagName": "main",
                        "returnWorkflowRunDetails": True,
                    },
                },
            ],
            location=f"file:{tmp_path}/template.yaml",
        )
        proxy.fault(r"POST .*/dispatches", "drop_after")

        for _ in range(3):
            run = world.run_to_end(run)
            if run.state != "waiting":
                break
            due_now(run)

        assert run.state == "succeeded", run.error_text
        assert proxy.count(r"POST .*/dispatches") == 1
        started = forge.list_runs(f"acme/{name}", event="workflow_dispatch")
        assert [one.id for one in started] == [selectors.steps_of(run)[2].output["workflowRunId"]]
