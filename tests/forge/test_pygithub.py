"""The client the portal uses, against the running forge."""

import pytest
from github import Auth, Github, GithubException, InputGitTreeElement

from apps.forge.models import Repository
from tests.forge.conftest import Acme, make_acme, make_repository

pytestmark = pytest.mark.processes


@pytest.fixture
def live_acme(live_forge: str) -> Acme:
    return make_acme()


@pytest.fixture
def live_repo(live_acme: Acme) -> Repository:
    return make_repository(live_acme)


@pytest.fixture
def github(live_forge: str, live_acme: Acme) -> Github:
    return Github(
        base_url=f"{live_forge}/api/v3",
        auth=Auth.Token(live_acme.tokens["alice"]),
        seconds_between_writes=0,
        seconds_between_requests=0,
        retry=None,
    )


def test_a_repository_is_made_with_files_in_one_commit(github: Github) -> None:
    made = github.get_organization("acme").create_repo(
        "svc", description="A service", homepage="http://localhost/runs/1", auto_init=True
    )
    head = made.get_branch("main").commit
    elements = [
        InputGitTreeElement("src/app.py", "100644", "blob", content="print()\n"),
        InputGitTreeElement("run.sh", "100755", "blob", content="#!/bin/sh\n"),
    ]
    tree = made.create_git_tree(elements, base_tree=head.commit.tree)
    commit = made.create_git_commit("Add the service", tree, [head.commit])
    made.get_git_ref("heads/main").edit(commit.sha)

    again = github.get_repo("acme/svc")
    assert again.homepage == "http://localhost/runs/1"
    paths = [entry.path for entry in again.get_git_tree("main", recursive=True).tree]
    assert paths == ["README.md", "run.sh", "src", "src/app.py"]
    file = again.get_contents("src/app.py")
    assert not isinstance(file, list)
    assert file.decoded_content == b"print()\n"


def test_a_taken_name_is_an_error_that_says_so(github: Github, live_repo: Repository) -> None:
    with pytest.raises(GithubException) as refusal:
        github.get_organization("acme").create_repo("billing")

    assert refusal.value.status == 422
    assert refusal.value.data["errors"][0]["message"] == "name already exists on this account"


def test_lists_go_over_their_pages(github: Github, live_acme: Acme) -> None:
    for number in range(7):
        make_repository(live_acme, name=f"svc-{number}", auto_init=False)
    github.per_page = 3

    names = [repo.name for repo in github.get_organization("acme").get_repos(sort="full_name")]

    assert names == [f"svc-{number}" for number in range(7)]


def test_protection_hooks_topics_and_teams(github: Github, live_repo: Repository) -> None:
    repo = github.get_repo("acme/billing")
    repo.replace_topics(["python", "web"])
    repo.get_branch("main").edit_protection(strict=True, contexts=["test"], enforce_admins=True)
    config = {"url": "http://127.0.0.1:9/", "content_type": "json"}
    hook = repo.create_hook("web", config, ["push"], active=True)
    team = github.get_organization("acme").get_team_by_slug("billing")
    team.update_team_repository(repo, "admin")

    assert repo.get_topics() == ["python", "web"]
    protection = repo.get_branch("main").get_protection()
    assert protection.required_status_checks.contexts == ["test"]
    assert [one.id for one in repo.get_hooks()] == [hook.id]
    assert [(one.slug, one.permission) for one in repo.get_teams()] == [("billing", "admin")]
    assert repo.get_vulnerability_alert() is False
    assert "Python" not in repo.get_languages()
    assert repo.get_readme().path == "README.md"


def test_a_pull_request_is_opened_and_merged(github: Github, live_repo: Repository) -> None:
    repo = github.get_repo("acme/billing")
    head = repo.get_branch("main").commit.sha
    repo.create_git_ref("refs/heads/feature", head)
    repo.create_file("a.txt", "Add a", "a", branch="feature")

    pull = repo.create_pull(base="main", head="feature", title="Add a", body="x")
    assert [file.filename for file in pull.get_files()] == ["a.txt"]
    assert pull.merge(merge_method="squash").merged

    assert pull.update() is True
    assert pull.merged
    assert next(iter(repo.get_commits())).commit.message == "Add a (#1)"
    assert repo.compare(head, "main").ahead_by == 1


def test_checks_are_reported_and_read(github: Github, live_repo: Repository) -> None:
    repo = github.get_repo("acme/billing")
    sha = repo.get_branch("main").commit.sha

    run = repo.create_check_run("lint", sha, status="in_progress")
    run.edit(conclusion="failure", output={"title": "No", "summary": "Two problems"})
    repo.get_commit(sha).create_status("success", context="old")

    [told] = repo.get_commit(sha).get_check_runs()
    assert (told.conclusion, told.output.title) == ("failure", "No")
    assert repo.get_commit(sha).get_combined_status().state == "success"


def test_a_removed_repository_is_gone(github: Github, live_repo: Repository) -> None:
    folder = live_repo.folder
    assert folder.exists()

    github.get_repo("acme/billing").delete()

    assert not folder.exists()
    with pytest.raises(GithubException) as refusal:
        github.get_repo("acme/billing")
    assert refusal.value.status == 404
