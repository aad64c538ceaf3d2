"""
What the portal relies on, asked of two forges: the embedded one, and one that others wrote.

`covers()` runs a test on both; `covers("what the emulator lacks")` on the embedded one alone, with
the reason in `servers.EMULATE_LACKS`.
"""

import itertools
import json
import os
import subprocess
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from apps.core.models import AuditEvent
from apps.integrations import selectors, services, views
from apps.integrations.github import errors
from apps.integrations.github.action_results import Protection
from apps.integrations.github.auth import TokenIdentity
from apps.integrations.github.client import client_with
from apps.integrations.github.results import File
from apps.integrations.models import WebhookDelivery
from tests.integrations.receiver import Receiver
from tests.integrations.servers import ORG, covers

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PERSON = {"author_name": "Callboard", "author_email": "callboard@acme.test", "at": AT}
FILES = {
    "README.md": File("# Shop\n\nSells things — to people.\n".encode()),
    "bin/serve": File(b"#!/bin/sh\nexec true\n", executable=True),
    "docs/deep/er/page.md": File(b"text\n"),
    "logo.png": File(b"\x89PNG\r\n\x1a\n\0\xff\xfe"),
    "empty.txt": File(b""),
}
_names = itertools.count()


@pytest.fixture
def full_name(github):
    """A fresh, empty repository."""
    name = f"shop-{uuid.uuid4().hex[:8]}-{next(_names)}"
    return github.create_repository(owner=ORG, name=name, visibility="public").full_name


@pytest.fixture
def first(github, full_name):
    """The SHA of a repository's first commit."""
    return github.commit_files(
        full_name, branch="main", files=FILES, message="First\n", parent=None, **PERSON
    ).sha


def git_sha(folder, files, message):
    """Return the name that git itself gives to a commit of these files."""
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def git(*arguments, data=None):
        command = ["git", *arguments]
        environment = {**os.environ, **quiet}
        done = subprocess.run(
            command, cwd=folder, env=environment, input=data, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    git("init", "-q", ".")
    for path, file in files.items():
        blob = git("hash-object", "-w", "--stdin", data=file.content)
        mode = "100755" if file.executable else "100644"
        git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    who = f"{PERSON['author_name']} <{PERSON['author_email']}> {int(AT.timestamp())} +0000"
    commit = f"tree {git('write-tree')}\nauthor {who}\ncommitter {who}\n\n{message}"
    return git("hash-object", "-t", "commit", "--stdin", data=commit.encode())


class TestRepositories:
    @covers()
    def test_the_token_has_an_account(self, github):
        assert github.viewer().login

    @covers()
    def test_a_repository_carries_its_marker_from_the_creating_call(self, github):
        name = f"marked-{uuid.uuid4().hex[:8]}"
        made = github.create_repository(
            owner=ORG,
            name=name,
            description="Sells things",
            homepage="https://portal.test/runs/1",
            visibility="private",
        )

        found = github.get_repository(made.full_name)

        assert found.full_name == f"{ORG}/{name}"
        assert (found.homepage, found.description) == ("https://portal.test/runs/1", "Sells things")
        assert (found.private, found.archived, found.owner) == (True, False, ORG)
        assert found.id == made.id
        assert found.html_url.endswith(found.full_name)

    @covers()
    def test_a_repository_can_belong_to_a_person(self, github):
        login = github.viewer().login
        name = f"own-{uuid.uuid4().hex[:8]}"

        made = github.create_repository(owner=login, name=name)

        assert made.full_name == f"{login}/{name}"

    @covers()
    def test_another_persons_repository_cannot_be_created(self, github):
        name = f"alien-{uuid.uuid4().hex[:8]}"

        with pytest.raises(errors.PermissionMissing, match="alice"):
            github.create_repository(owner="alice", name=name)

        with pytest.raises(errors.NotFound):
            github.get_repository(f"{github.viewer().login}/{name}")

    @covers()
    def test_an_account_that_nobody_has_is_not_found(self, github):
        with pytest.raises(errors.NotFound):
            github.create_repository(owner="nobody-at-all", name="x")

    @covers()
    def test_a_taken_name_says_so(self, github, full_name):
        with pytest.raises(errors.NameTaken) as caught:
            github.create_repository(owner=ORG, name=full_name.partition("/")[2])

        assert caught.value.permanent
        assert caught.value.code == "name_taken"

    @covers()
    def test_an_unknown_repository_is_not_found(self, github):
        with pytest.raises(errors.NotFound):
            github.get_repository(f"{ORG}/there-is-none")

    @covers()
    def test_settings_topics_and_archive_change(self, github, full_name):
        assert github.update_repository(full_name, description="New").description == "New"
        assert github.replace_topics(full_name, ["Python", "service"]) == ("python", "service")
        assert set(github.get_repository(full_name).topics) == {"python", "service"}
        assert github.archive_repository(full_name).archived

    @covers()
    def test_a_deleted_repository_is_gone(self, github, full_name):
        github.delete_repository(full_name)

        with pytest.raises(errors.NotFound):
            github.get_repository(full_name)
        with pytest.raises(errors.NotFound):
            github.delete_repository(full_name)

    @covers("list repositories of an organisation")
    def test_an_organisations_repositories_are_listed_over_pages(self, github, full_name):
        listed = github.list_repositories(ORG)

        assert full_name in [repository.full_name for repository in listed]

    @covers("refusal of unknown tokens")
    def test_a_wrong_token_is_named(self, server):
        stranger = client_with(TokenIdentity("ghp_wrong"), base_url=server.api_url)

        with pytest.raises(errors.BadCredentials):
            stranger.viewer()


class TestCommits:
    @covers()
    def test_the_first_commit_is_the_one_git_makes(self, github, full_name, first, tmp_path):
        assert first == git_sha(tmp_path, FILES, "First\n")
        assert github.get_ref(full_name, "main").sha == first
        commit = github.get_commit(full_name, "main")
        assert (commit.message, commit.parents) == ("First", ())
        assert commit.authored_at == AT

    @covers()
    def test_repeating_it_gives_the_same_commit(self, github, full_name, first):
        again = github.commit_files(
            full_name, branch="main", files=FILES, message="First\n", parent=None, **PERSON
        )

        assert again.sha == first
        assert [commit.sha for commit in github.list_commits(full_name)] == [first]

    @covers()
    def test_it_replaces_what_auto_init_wrote(self, github, tmp_path):
        name = f"init-{uuid.uuid4().hex[:8]}"
        made = github.create_repository(owner=ORG, name=name, auto_init=True)

        result = github.commit_files(
            made.full_name, branch="main", files=FILES, message="First\n", parent=None, **PERSON
        )

        assert result.sha == git_sha(tmp_path, FILES, "First\n")
        assert len(github.list_commits(made.full_name)) == 1

    @covers()
    def test_it_never_replaces_a_strangers_commit(self, github, full_name, first):
        with pytest.raises(errors.Conflict, match="moved"):
            github.commit_files(
                full_name, branch="main", files=FILES, message="Mine", parent=None, **PERSON
            )

        assert github.get_ref(full_name, "main").sha == first

    @covers()
    def test_files_come_back_as_they_went(self, github, full_name, first):
        tree = github.get_tree(full_name, "main")

        assert tree.commit_sha == first
        assert {file.path: file.mode for file in tree.files} == {
            path: "100755" if file.executable else "100644" for path, file in FILES.items()
        }
        for file in tree.files:
            assert github.get_blob(full_name, file.sha) == FILES[file.path].content
        for path, file in FILES.items():
            assert github.get_file(full_name, path, ref=first).content == file.content
        assert github.get_file(full_name, "README.md").sha

    @covers()
    def test_a_missing_file_and_a_folder_are_not_found(self, github, full_name, first):
        for path in ("nope.md", "docs"):
            with pytest.raises(errors.NotFound):
                github.get_file(full_name, path)

    @covers()
    def test_a_second_commit_changes_adds_and_removes(self, github, full_name, first):
        second = github.commit_files(
            full_name,
            branch="main",
            files={"README.md": File(b"# New\n"), "new/file.txt": File(b"x")},
            deletions=["empty.txt"],
            message="Second",
            parent=first,
            **PERSON,
        )

        paths = {file.path for file in github.get_tree(full_name, "main").files}
        assert paths == {*FILES, "new/file.txt"} - {"empty.txt"}
        assert github.get_file(full_name, "README.md").content == b"# New\n"
        assert github.get_commit(full_name, second.sha).parents == (first,)

    @covers()
    def test_a_commit_on_an_old_parent_is_a_conflict(self, github, full_name, first):
        for number in (1, 2):
            change = {"README.md": File(b"%d" % number)}
            arguments = {"files": change, "message": str(number), "parent": first, **PERSON}
            if number == 1:
                github.commit_files(full_name, branch="main", **arguments)
            else:
                with pytest.raises(errors.Conflict):
                    github.commit_files(full_name, branch="main", **arguments)

    @covers("an empty repository")
    def test_an_empty_repository_has_no_commits(self, github, full_name):
        with pytest.raises((errors.Conflict, errors.NotFound)):
            github.get_ref(full_name, "main")
        assert github.list_commits(full_name) == []

    @covers()
    def test_a_branch_is_made_once(self, github, full_name, first):
        github.create_ref(full_name, "next", first)

        with pytest.raises(errors.AlreadyExists):
            github.create_ref(full_name, "next", first)
        assert github.get_ref(full_name, "next").sha == first
        with pytest.raises(errors.NotFound):
            github.get_ref(full_name, "other")

    @covers("etags")
    def test_an_unchanged_file_is_not_sent_again(self, github, full_name, first):
        file = github.get_file(full_name, "README.md")

        again = github.get_file(full_name, "README.md", etag=file.etag)

        assert file.etag
        assert again.not_modified


class TestPullRequests:
    @pytest.fixture
    def pull(self, github, full_name, first):
        github.commit_files(
            full_name,
            branch="change",
            files={"README.md": File(b"# Changed\n"), "new.txt": File(b"n")},
            message="Change",
            parent=first,
            **PERSON,
        )
        return github.open_pull_request(
            full_name, title="Change", head="change", base="main", body="Why"
        )

    @covers()
    def test_it_is_found_by_its_branch_and_merged(self, github, full_name, pull, first):
        assert github.find_pull_request(full_name, head="change").number == pull.number
        assert github.find_pull_request(full_name, head="nothing") is None
        assert (pull.state, pull.base_branch, pull.merged) == ("open", "main", False)

        sha = github.merge_pull_request(full_name, pull.number, sha=pull.head_sha)

        assert github.get_pull_request(full_name, pull.number).merged
        assert github.get_ref(full_name, "main").sha == sha != first
        assert github.get_file(full_name, "new.txt").content == b"n"
        with pytest.raises(errors.GitHubError):
            github.merge_pull_request(full_name, pull.number)

    @covers("a second pull request from a branch")
    def test_a_second_one_from_the_branch_is_refused(self, github, full_name, pull):
        with pytest.raises(errors.AlreadyExists):
            github.open_pull_request(full_name, title="Again", head="change", base="main")

    @covers("files of a pull request")
    def test_its_files_are_listed(self, github, full_name, pull):
        files = github.list_pull_request_files(full_name, pull.number)

        assert {(file.path, file.status) for file in files} == {
            ("README.md", "modified"),
            ("new.txt", "added"),
        }

    @covers()
    def test_it_can_be_closed(self, github, full_name, pull):
        assert github.close_pull_request(full_name, pull.number).state == "closed"
        assert github.find_pull_request(full_name, head="change") is None

    @covers()
    def test_a_commit_without_checks_has_none(self, github, full_name, first):
        assert github.list_check_runs(full_name, first) == []


class TestProtection:
    @covers()
    def test_a_branch_is_protected_repeatably(self, github, full_name, first):
        wanted = Protection(
            required_approvals=1, required_checks=("test",), strict_checks=True, enforce_admins=True
        )
        assert github.get_protection(full_name, "main") is None

        github.put_protection(full_name, "main", wanted)
        github.put_protection(full_name, "main", wanted)

        found = github.get_protection(full_name, "main")
        assert (found.required_approvals, found.required_checks) == (1, ("test",))
        assert github.required_approvals(full_name, "main") == 1

    @covers("actions permissions")
    def test_what_workflows_may_do_is_told(self, github, full_name):
        assert github.get_actions_permissions(full_name).enabled

    @covers()
    def test_a_repository_without_codeowners_has_no_errors_in_it(self, github, full_name, first):
        assert github.codeowners_errors(full_name) == []


class TestPeople:
    @covers()
    def test_members_and_permissions_are_told(self, github, full_name):
        login = github.viewer().login

        assert login in [member.login for member in github.list_members(ORG)]
        assert github.permission_of(full_name, login) == "admin"
        github.add_collaborator(full_name, "alice", permission="push")
        assert isinstance(github.list_teams(ORG), list)
        assert github.get_organization(ORG).login == ORG

    @covers()
    def test_authors_are_counted_since_a_moment(self, github, full_name, first):
        counted = github.authors_since(full_name, AT - timedelta(days=1))

        assert sum(counted.values()) == 1
        assert github.authors_since(full_name, AT + timedelta(days=1)) == {}


class TestHooks:
    @covers()
    def test_a_hook_is_found_by_its_address(self, github, full_name):
        address = "http://localhost:1/webhooks/github"
        made = github.create_hook(full_name, url=address, secret="s", events=["push"])

        assert [(hook.id, hook.url) for hook in github.list_hooks(full_name)] == [
            (made.id, address)
        ]
        github.delete_hook(full_name, made.id)
        assert github.list_hooks(full_name) == []

    @covers()
    def test_the_portals_hook_is_made_once(self, github, full_name, settings):
        first = services.ensure_webhook(full_name)
        again = services.ensure_webhook(full_name)

        assert first.id == again.id
        assert first.url == f"{settings.PUBLIC_URL}/webhooks/github"
        assert AuditEvent.objects.filter(action="integrations.create_webhook").count() == 1

    @covers()
    def test_events_are_delivered_signed(self, github, full_name, first):
        change = {"files": {"new.txt": File(b"n")}, "message": "Change\n", "parent": first}
        github.commit_files(full_name, branch="change", **change, **PERSON)
        with Receiver() as receiver:
            github.create_hook(
                full_name, url=receiver.url, secret="signing", events=["push", "pull_request"]
            )
            github.open_pull_request(full_name, title="Change", head="change", base="main")
            got = receiver.wait_for(lambda one: one.headers["x-github-event"] == "pull_request")

        assert views.is_signed(
            got.body, secret="signing", signature=got.headers["x-hub-signature-256"]
        )
        assert got.headers["x-github-delivery"]
        assert json.loads(got.body)["repository"]["full_name"] == full_name


class TestActions:
    WORKFLOW = b"""\
name: CI
on:
  push:
  workflow_dispatch:
    inputs:
      run: {type: string}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo tested
"""

    @covers("workflows")
    def test_a_workflow_is_listed_and_dispatched(self, github, full_name, first):
        github.commit_files(
            full_name,
            branch="main",
            files={".github/workflows/ci.yml": File(self.WORKFLOW)},
            message="Add a workflow",
            parent=first,
            **PERSON,
        )

        (workflow,) = github.list_workflows(full_name)
        github.dispatch_workflow(full_name, "ci.yml", ref="main", inputs={"run": "1"})

        assert (workflow.name, workflow.path) == ("CI", ".github/workflows/ci.yml")
        runs = github.list_runs(full_name, event="workflow_dispatch")
        assert [run.branch for run in runs] == ["main"]
        assert github.get_run(full_name, runs[0].id).id == runs[0].id

    @covers("workflows")
    def test_a_pushed_workflow_runs_and_the_portal_hears_of_it(
        self, github, full_name, first, client, settings
    ):
        with Receiver() as receiver:
            github.create_hook(
                full_name,
                url=receiver.url,
                secret=settings.GITHUB_WEBHOOK_SECRET,
                events=["push", "workflow_run"],
            )
            pushed = github.commit_files(
                full_name,
                branch="main",
                files={".github/workflows/ci.yml": File(self.WORKFLOW)},
                message="Add a workflow\n",
                parent=first,
                **PERSON,
            )
            receiver.wait_for(lambda one: b'"action":"completed"' in one.body.replace(b": ", b":"))
            deliveries = list(receiver.deliveries)

        for one in reversed(deliveries):
            headers = {name: one.headers[name] for name in one.headers if name.startswith("x-")}
            answer = client.post(
                "/webhooks/github", one.body, content_type="application/json", headers=headers
            )
            # A ping is answered and not kept.
            assert answer.status_code in {200, 202}
        for row in WebhookDelivery.objects.filter(event="workflow_run"):
            services.record_delivered_pipeline(delivery_id=row.pk)

        (known,) = selectors.pipelines(full_name)
        assert (known.sha, known.status, known.conclusion) == (pushed.sha, "completed", "success")
        assert services.refresh_pipelines(full_name) == 0
        (job,) = github.list_jobs(full_name, known.run_id)
        assert (job.name, job.conclusion) == ("test", "success")
        assert [step.conclusion for step in job.steps if step.name.startswith("Run")] == ["success"]
        assert "tested" in github.job_log(full_name, job.id)
        checks = github.list_check_runs(full_name, pushed.sha)
        assert [(check.name, check.conclusion) for check in checks] == [("test", "success")]
        listed = github.list_runs(full_name, head_sha=pushed.sha, status="success")
        assert [run.id for run in listed] == [known.run_id]

    @covers("workflows")
    def test_an_unknown_workflow_is_not_found(self, github, full_name, first):
        with pytest.raises(errors.NotFound):
            github.dispatch_workflow(full_name, "nope.yml", ref="main")

    @covers()
    def test_a_repository_without_workflows_has_no_runs(self, github, full_name, first):
        assert github.list_runs(full_name, branch="main") == []

    @covers("secrets")
    def test_a_secret_is_sealed_and_listed_by_name(self, github, full_name):
        github.put_secret(full_name, "REGISTRY_TOKEN", "very secret")
        github.put_secret(full_name, "REGISTRY_TOKEN", "changed")

        assert github.list_secret_names(full_name) == ["REGISTRY_TOKEN"]

    @covers("variables")
    def test_a_variable_is_set_and_changed(self, github, full_name):
        github.put_variable(full_name, "REGION", "eu")
        github.put_variable(full_name, "REGION", "us")

        assert github.list_variables(full_name) == {"REGION": "us"}
