"""Pull requests over the REST API."""

from typing import Any

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api
from tests.forge.test_gitdata import GIT, commit_files, head_of

PULLS = "/repos/acme/billing/pulls"


@pytest.fixture
def feature(api: Api, repo: Repository) -> str:
    """A branch "feature" with one file more than main; returns its commit."""
    sha = commit_files(api, {"feature.txt": "one\ntwo\n"})
    api.post(f"{GIT}/refs", {"ref": "refs/heads/feature", "sha": sha})
    return sha


def open_pull(api: Api, **fields: Any) -> dict[str, Any]:
    body = {"title": "Add a feature", "head": "feature", "base": "main", **fields}
    answer = api.post(PULLS, body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


class TestOpen:
    def test_it_knows_what_it_would_change(self, acme: Acme, feature: str) -> None:
        pull = open_pull(acme.as_("bob"), body="Because", head="acme:feature")

        assert pull["user"]["login"] == "bob"
        assert (pull["number"], pull["mergeable"], pull["mergeable_state"]) == (1, True, "clean")
        assert (pull["additions"], pull["deletions"], pull["changed_files"]) == (2, 0, 1)
        assert pull["head"]["sha"] == feature

    def test_a_second_one_for_the_same_branches_is_refused(self, api: Api, feature: str) -> None:
        open_pull(api)

        answer = api.post(PULLS, {"title": "Again", "head": "feature", "base": "main"})

        assert answer.status_code == 422
        message = answer.json()["errors"][0]["message"]
        assert message == "A pull request already exists for acme:feature."

    def test_without_a_difference_there_is_nothing_to_ask(self, api: Api, repo: Repository) -> None:
        api.post(f"{GIT}/refs", {"ref": "refs/heads/same", "sha": head_of(api)})

        answer = api.post(PULLS, {"title": "None", "head": "same", "base": "main"})

        assert answer.json()["errors"][0]["message"] == "No commits between main and same"

    @pytest.mark.parametrize(("head", "base"), [("nope", "main"), ("feature", "nope")])
    def test_both_branches_must_be_there(
        self, api: Api, feature: str, head: str, base: str
    ) -> None:
        answer = api.post(PULLS, {"title": "x", "head": head, "base": base})

        assert answer.status_code == 422


class TestFind:
    def test_by_head_and_state(self, api: Api, feature: str) -> None:
        open_pull(api)

        assert len(api.get(PULLS, head="acme:feature").json()) == 1
        assert api.get(PULLS, head="acme:other").json() == []
        assert api.get(PULLS, state="closed").json() == []

    def test_its_files_carry_their_patch(self, api: Api, feature: str) -> None:
        open_pull(api)

        [file] = api.get(f"{PULLS}/1/files").json()

        assert (file["filename"], file["status"], file["additions"]) == ("feature.txt", "added", 2)
        assert file["patch"] == "@@ -0,0 +1,2 @@\n+one\n+two"
        assert len(api.get(f"{PULLS}/1/commits").json()) == 1


class TestMerge:
    def test_a_merge_commit_has_both_parents(self, api: Api, feature: str) -> None:
        open_pull(api)
        before = head_of(api)

        merged = api.put(f"{PULLS}/1/merge", {"merge_method": "merge"})

        assert merged.status_code == 200
        commit = api.get(f"{GIT}/commits/{head_of(api)}").json()
        assert [parent["sha"] for parent in commit["parents"]] == [before, feature]
        pull = api.get(f"{PULLS}/1").json()
        assert (pull["merged"], pull["state"]) == (True, "closed")
        assert pull["merge_commit_sha"] == merged.json()["sha"] == head_of(api)

    def test_a_squash_makes_one_commit(self, api: Api, feature: str) -> None:
        open_pull(api)
        before = head_of(api)

        api.put(f"{PULLS}/1/merge", {"merge_method": "squash"})

        commit = api.get(f"{GIT}/commits/{head_of(api)}").json()
        assert [parent["sha"] for parent in commit["parents"]] == [before]
        assert commit["message"].startswith("Add a feature (#1)")

    def test_changes_on_both_sides_are_joined(self, api: Api, feature: str) -> None:
        open_pull(api)
        other = commit_files(api, {"other.txt": "x"})
        api.patch(f"{GIT}/refs/heads/main", {"sha": other})

        api.put(f"{PULLS}/1/merge")

        names = [entry["name"] for entry in api.get("/repos/acme/billing/contents/").json()]
        assert names == ["README.md", "feature.txt", "other.txt"]

    def test_a_conflict_is_not_merged(self, api: Api, feature: str) -> None:
        open_pull(api)
        api.patch(f"{GIT}/refs/heads/main", {"sha": commit_files(api, {"feature.txt": "other\n"})})

        answer = api.put(f"{PULLS}/1/merge")

        assert (answer.status_code, answer.json()["message"]) == (
            405,
            "Pull Request is not mergeable",
        )
        assert api.get(f"{PULLS}/1").json()["mergeable_state"] == "dirty"

    def test_a_head_that_moved_meanwhile_is_not_merged(self, api: Api, feature: str) -> None:
        open_pull(api)

        assert api.put(f"{PULLS}/1/merge", {"sha": "0" * 40}).status_code == 409

    def test_it_is_merged_only_once(self, api: Api, feature: str) -> None:
        open_pull(api)
        api.put(f"{PULLS}/1/merge")

        assert api.put(f"{PULLS}/1/merge").status_code == 405

    def test_rebasing_is_refused_rather_than_done_otherwise(self, api: Api, feature: str) -> None:
        open_pull(api)

        assert api.put(f"{PULLS}/1/merge", {"merge_method": "rebase"}).status_code == 405

    def test_what_protection_demands_must_be_there(
        self, acme: Acme, api: Api, feature: str
    ) -> None:
        open_pull(acme.as_("bob"))
        api.put(
            "/repos/acme/billing/branches/main/protection",
            {
                "required_status_checks": {"strict": False, "contexts": ["test"]},
                "enforce_admins": True,
                "required_pull_request_reviews": {"required_approving_review_count": 1},
                "restrictions": None,
            },
        )

        bare = api.put(f"{PULLS}/1/merge")
        body = {"name": "test", "head_sha": feature, "conclusion": "success"}
        api.post("/repos/acme/billing/check-runs", body)
        unreviewed = api.put(f"{PULLS}/1/merge")
        acme.as_("alice").post(f"{PULLS}/1/reviews", {"event": "APPROVE"})
        merged = api.put(f"{PULLS}/1/merge")

        assert bare.json()["message"] == 'Required status check "test" is expected.'
        assert "approving review" in unreviewed.json()["message"]
        assert merged.status_code == 200

    def test_the_branch_goes_if_the_repository_wants_it(self, api: Api, feature: str) -> None:
        api.patch("/repos/acme/billing", {"delete_branch_on_merge": True})
        open_pull(api)

        api.put(f"{PULLS}/1/merge")

        assert [branch["name"] for branch in api.get("/repos/acme/billing/branches").json()] == [
            "main"
        ]


class TestChange:
    def test_it_is_closed_and_opened_again(self, api: Api, feature: str) -> None:
        open_pull(api)

        closed = api.patch(f"{PULLS}/1", {"state": "closed", "title": "Other"}).json()
        opened = api.patch(f"{PULLS}/1", {"state": "open"}).json()

        assert (closed["state"], closed["title"], opened["state"]) == ("closed", "Other", "open")

    def test_a_moved_branch_takes_it_along(self, api: Api, feature: str) -> None:
        open_pull(api)
        api.patch(f"{GIT}/refs/heads/main", {"sha": feature})
        further = commit_files(api, {"more.txt": "x"})

        api.patch(f"{GIT}/refs/heads/feature", {"sha": further})

        assert api.get(f"{PULLS}/1").json()["head"]["sha"] == further

    def test_a_removed_branch_closes_it(self, api: Api, feature: str) -> None:
        open_pull(api)

        api.delete(f"{GIT}/refs/heads/feature")

        assert api.get(f"{PULLS}/1").json()["state"] == "closed"

    def test_nobody_approves_their_own(self, acme: Acme, feature: str) -> None:
        open_pull(acme.as_("bob"))

        answer = acme.as_("bob").post(f"{PULLS}/1/reviews", {"event": "APPROVE"})

        assert answer.status_code == 422
