"""Blobs, trees, commits and refs over the REST API."""

from pathlib import Path
from typing import Any

import pytest

from apps.forge.git import process
from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api, make_repository

GIT = "/repos/acme/billing/git"
PERSON = {"name": "Al", "email": "al@acme.example", "date": "2026-11-21T10:00:00+01:00"}


def head_of(api: Api, branch: str = "main") -> str:
    return str(api.get(f"{GIT}/ref/heads/{branch}").json()["object"]["sha"])


def commit_files(api: Api, files: dict[str, Any], *, base: bool = True) -> str:
    """Commit inline files on top of main and return the commit; the branch is not moved."""
    head = head_of(api)
    tree = [
        {"path": path, "mode": "100644", "type": "blob"}
        | ({"sha": None} if content is None else {"content": content})
        for path, content in files.items()
    ]
    made = api.post(f"{GIT}/trees", {"tree": tree, **({"base_tree": head} if base else {})})
    assert made.status_code == 201, made.content
    body = {"message": "Change", "tree": made.json()["sha"], "parents": [head], "author": PERSON}
    commit = api.post(f"{GIT}/commits", body)
    assert commit.status_code == 201, commit.content
    return str(commit.json()["sha"])


def paths(api: Api, revision: str) -> list[str]:
    tree = api.get(f"{GIT}/trees/{revision}", recursive="1").json()["tree"]
    return [entry["path"] for entry in tree if entry["type"] == "blob"]


class TestTrees:
    def test_files_are_added_and_removed_on_top_of_the_base(
        self, api: Api, repo: Repository
    ) -> None:
        first = commit_files(api, {"a/b/c.txt": "c", "a/d.txt": "d", "e.txt": "e"})
        api.patch(f"{GIT}/refs/heads/main", {"sha": first})

        second = commit_files(api, {"a/b/c.txt": None, "a/f.txt": "f"})

        assert paths(api, second) == ["README.md", "a/d.txt", "a/f.txt", "e.txt"]

    def test_without_a_base_only_the_files_sent_remain(self, api: Api, repo: Repository) -> None:
        commit = commit_files(api, {"only.txt": "x"}, base=False)

        assert paths(api, commit) == ["only.txt"]

    def test_a_file_may_become_a_folder(self, api: Api, repo: Repository) -> None:
        commit = commit_files(api, {"README.md": None, "README.md/inside.txt": "x"})

        assert paths(api, commit) == ["README.md/inside.txt"]

    def test_a_stored_blob_can_be_used(self, api: Api, repo: Repository) -> None:
        blob = api.post(f"{GIT}/blobs", {"content": "aGk=", "encoding": "base64"}).json()["sha"]

        answer = api.post(
            f"{GIT}/trees",
            {"tree": [{"path": "x", "mode": "100755", "type": "blob", "sha": blob}]},
        )

        [entry] = answer.json()["tree"]
        assert (entry["mode"], entry["size"]) == ("100755", 2)

    @pytest.mark.parametrize(
        "entry",
        [
            {"path": "../x", "content": "x"},
            {"path": "/x", "content": "x"},
            {"path": "a//x", "content": "x"},
            {"path": ".git/config", "content": "x"},
            {"path": "a/.Git/config", "content": "x"},
            {"path": ".g\u200cit/config", "content": "x"},
            {"path": "x", "content": "x", "mode": "120777"},
            {"path": "x", "sha": "0" * 40},
            {"path": "x", "sha": "; rm -rf /"},
            {"path": "x"},
            {"content": "x"},
            {"path": "x", "content": 5},
            {"path": "nope", "sha": None},
        ],
    )
    def test_an_entry_that_no_tree_may_have_is_refused(
        self, api: Api, repo: Repository, entry: dict[str, Any]
    ) -> None:
        body = {"tree": [{"mode": "100644", "type": "blob", **entry}], "base_tree": head_of(api)}

        answer = api.post(f"{GIT}/trees", body)

        assert answer.status_code == 422, answer.content

    def test_a_repository_of_sixty_files_takes_few_processes(
        self, acme: Acme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[str] = []
        run = process.run

        def counted(folder: Path, *arguments: str, **options: Any) -> bytes:
            started.append(arguments[0])
            return run(folder, *arguments, **options)

        monkeypatch.setattr(process, "run", counted)
        api = acme.as_("alice")
        api.post("/orgs/acme/repos", {"name": "billing", "auto_init": True})
        sha = commit_files(
            api, {f"src/{n % 7}/file{n}.py": f"print({n})\n" * 50 for n in range(60)}
        )
        api.patch(f"{GIT}/refs/heads/main", {"sha": sha})

        # Each takes 2 to 5 ms; no number of files may add to them.
        assert len(started) <= 35, started


class TestEmpty:
    def test_git_data_of_an_empty_repository_is_a_conflict(self, api: Api, acme: Acme) -> None:
        make_repository(acme, auto_init=False)

        answers = [
            api.get(f"{GIT}/ref/heads/main"),
            api.post(f"{GIT}/blobs", {"content": "x"}),
            api.post(f"{GIT}/trees", {"tree": []}),
            api.get(f"{GIT}/trees/main"),
            api.get("/repos/acme/billing/commits"),
        ]

        assert {answer.status_code for answer in answers} == {409}
        assert answers[0].json()["message"] == "Git Repository is empty."


class TestCommits:
    def test_the_same_input_gives_the_same_sha(self, api: Api, repo: Repository) -> None:
        assert commit_files(api, {"a": "1"}) == commit_files(api, {"a": "1"})

    def test_the_moment_keeps_its_zone_in_git(self, api: Api, repo: Repository) -> None:
        sha = commit_files(api, {"a": "1"})

        author = api.get(f"{GIT}/commits/{sha}").json()["author"]

        assert author["date"] == "2026-11-21T09:00:00Z"

    @pytest.mark.parametrize(
        "change",
        [
            {"tree": "0" * 40},
            {"tree": "not a sha"},
            {"parents": ["0" * 40]},
            {"parents": "no list"},
            {"message": None},
            {"author": {"name": "Al", "email": "a@b", "date": "yesterday"}},
            {"author": {"name": "Al"}},
        ],
    )
    def test_what_does_not_exist_cannot_be_committed(
        self, api: Api, repo: Repository, change: dict[str, Any]
    ) -> None:
        tree = api.get(f"{GIT}/trees/main").json()["sha"]
        body = {"message": "x", "tree": tree, "parents": [], **change}

        assert api.post(f"{GIT}/commits", body).status_code == 422

    def test_angle_brackets_cannot_forge_a_header(self, api: Api, repo: Repository) -> None:
        tree = api.get(f"{GIT}/trees/main").json()["sha"]
        evil = {
            "name": "Al <x@y> 0 +0000\ncommitter Eve",
            "email": "a@b>\nx",
            "date": PERSON["date"],
        }

        answer = api.post(f"{GIT}/commits", {"message": "x", "tree": tree, "author": evil})

        assert "\n" not in answer.json()["author"]["name"]
        assert answer.json()["committer"]["name"] == answer.json()["author"]["name"]


class TestRefs:
    def test_a_branch_is_made_moved_and_removed(self, api: Api, repo: Repository) -> None:
        sha = commit_files(api, {"a": "1"})

        made = api.post(f"{GIT}/refs", {"ref": "refs/heads/feature/x", "sha": head_of(api)})
        moved = api.patch(f"{GIT}/refs/heads/feature/x", {"sha": sha})
        found = api.get(f"{GIT}/matching-refs/heads/feat").json()
        gone = api.delete(f"{GIT}/refs/heads/feature/x")

        assert [made.status_code, moved.status_code, gone.status_code] == [201, 200, 204]
        assert [ref["object"]["sha"] for ref in found] == [sha]
        assert api.get(f"{GIT}/ref/heads/feature/x").status_code == 404

    def test_an_existing_ref_is_not_made_again(self, api: Api, repo: Repository) -> None:
        answer = api.post(f"{GIT}/refs", {"ref": "refs/heads/main", "sha": head_of(api)})

        assert (answer.status_code, answer.json()["message"]) == (422, "Reference already exists")

    def test_only_force_moves_a_branch_sideways(self, api: Api, repo: Repository) -> None:
        old = head_of(api)
        api.patch(f"{GIT}/refs/heads/main", {"sha": commit_files(api, {"a": "1"})})

        refused = api.patch(f"{GIT}/refs/heads/main", {"sha": old})
        forced = api.patch(f"{GIT}/refs/heads/main", {"sha": old, "force": True})

        assert refused.json()["message"] == "Update is not a fast forward"
        assert (refused.status_code, forced.status_code) == (422, 200)

    @pytest.mark.parametrize(
        "name",
        [
            "main", "refs/main", "refs/heads/../../x", "refs/heads/a..b", "refs/heads/-x/../y",
            "refs/heads/a b", "refs/heads/a~1", "refs/heads/x.lock", "refs/heads/",
            "refs/pull/1/head",
            "refs/heads/a\\b", "refs/heads/\x01", "refs/heads/" + "x" * 300, "refs/internal/x",
        ],
    )  # fmt: skip
    def test_a_name_that_git_forbids_is_refused(
        self, api: Api, repo: Repository, name: str
    ) -> None:
        answer = api.post(f"{GIT}/refs", {"ref": name, "sha": head_of(api)})

        assert answer.status_code == 422

    def test_a_branch_needs_a_commit(self, api: Api, repo: Repository) -> None:
        blob = api.post(f"{GIT}/blobs", {"content": "x"}).json()["sha"]

        for sha in (blob, "0" * 40, "f" * 40, "main"):
            answer = api.post(f"{GIT}/refs", {"ref": "refs/heads/x", "sha": sha})
            assert answer.status_code == 422
