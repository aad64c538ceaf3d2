"""Commits, comparisons, branches, tags, languages and contributors over the REST API."""

import pytest

from apps.forge.models import Repository
from tests.forge.conftest import Acme, Api, make_repository
from tests.forge.test_gitdata import GIT, commit_files, head_of

REPO = "/repos/acme/billing"


@pytest.fixture
def commits(api: Api, repo: Repository) -> list[str]:
    """Three commits on main, oldest first."""
    shas = [head_of(api)]
    for number in (1, 2):
        shas.append(commit_files(api, {f"src/{number}.py": f"print({number})\n"}))
        api.patch(f"{GIT}/refs/heads/main", {"sha": shas[-1]})
    return shas


class TestCommits:
    def test_they_are_listed_newest_first_over_pages(self, api: Api, commits: list[str]) -> None:
        first = api.get(f"{REPO}/commits", per_page=2)
        last = api.get(f"{REPO}/commits", per_page=2, page=2)

        assert [one["sha"] for one in first.json() + last.json()] == commits[::-1]
        assert 'rel="next"' in first["Link"]
        assert 'rel="next"' not in last["Link"]

    def test_of_one_path_only(self, api: Api, commits: list[str]) -> None:
        found = api.get(f"{REPO}/commits", path="src/1.py").json()

        assert [one["sha"] for one in found] == [commits[1]]

    @pytest.mark.parametrize("path", ["../x", ":(top)*", "*", "--all", "/etc"])
    def test_a_path_is_no_pattern(self, api: Api, commits: list[str], path: str) -> None:
        assert api.get(f"{REPO}/commits", path=path).json() == []

    @pytest.mark.parametrize("query", [{"author": ".*"}, {"since": "2999-01-01T00:00:00Z"}])
    def test_filters_filter(self, api: Api, commits: list[str], query: dict[str, str]) -> None:
        assert api.get(f"{REPO}/commits", **query).json() == []

    def test_one_tells_its_files(self, api: Api, commits: list[str]) -> None:
        told = api.get(f"{REPO}/commits/{commits[2]}").json()

        assert [file["filename"] for file in told["files"]] == ["src/2.py"]
        assert told["stats"] == {"additions": 1, "deletions": 0, "total": 1}

    def test_an_unknown_one_is_refused(self, api: Api, commits: list[str]) -> None:
        assert api.get(f"{REPO}/commits/{'0' * 40}").status_code == 422
        assert api.get(f"{REPO}/commits", sha="nope").status_code == 404

    def test_its_pull_requests_are_found(self, api: Api, commits: list[str]) -> None:
        sha = commit_files(api, {"x": "y"})
        api.post(f"{GIT}/refs", {"ref": "refs/heads/feature", "sha": sha})
        api.post(f"{REPO}/pulls", {"title": "x", "head": "feature", "base": "main"})

        assert [one["number"] for one in api.get(f"{REPO}/commits/{sha}/pulls").json()] == [1]


class TestCompare:
    def test_ahead(self, api: Api, commits: list[str]) -> None:
        told = api.get(f"{REPO}/compare/{commits[0]}...main").json()

        assert (told["status"], told["ahead_by"], told["behind_by"]) == ("ahead", 2, 0)
        assert [one["sha"] for one in told["commits"]] == commits[1:]
        assert [file["filename"] for file in told["files"]] == ["src/1.py", "src/2.py"]

    def test_behind_identical_and_diverged(self, api: Api, commits: list[str]) -> None:
        api.post(f"{GIT}/refs", {"ref": "refs/heads/old", "sha": commits[1]})
        side = api.post(
            f"{GIT}/commits",
            {
                "message": "Side",
                "tree": api.get(f"{GIT}/trees/main").json()["sha"],
                "parents": [commits[1]],
            },
        ).json()["sha"]

        statuses = [
            api.get(f"{REPO}/compare/{span}").json()["status"]
            for span in ("main...old", "main...main", f"main...{side}")
        ]

        assert statuses == ["behind", "identical", "diverged"]

    def test_what_is_not_there_is_not_compared(self, api: Api, commits: list[str]) -> None:
        assert api.get(f"{REPO}/compare/main...nope").status_code == 404
        assert api.get(f"{REPO}/compare/main").status_code == 404


class TestRest:
    def test_branches_are_listed(self, api: Api, commits: list[str]) -> None:
        api.post(f"{GIT}/refs", {"ref": "refs/heads/feature/x", "sha": commits[0]})

        names = [one["name"] for one in api.get(f"{REPO}/branches").json()]

        assert names == ["feature/x", "main"]
        assert api.get(f"{REPO}/branches", protected="true").json() == []
        assert api.get(f"{REPO}/branches/feature/x").json()["commit"]["sha"] == commits[0]
        assert api.get(f"{REPO}/branches/nope").json()["message"] == "Branch not found"
        assert api.get(f"{REPO}/rulesets").json() == []

    def test_tags_are_listed(self, api: Api, commits: list[str]) -> None:
        api.post(f"{GIT}/refs", {"ref": "refs/tags/v1", "sha": commits[0]})

        [tag] = api.get(f"{REPO}/tags").json()

        assert (tag["name"], tag["commit"]["sha"]) == ("v1", commits[0])

    def test_languages_are_counted_in_bytes(self, api: Api, commits: list[str]) -> None:
        assert api.get(f"{REPO}/languages").json() == {"Python": 18}

    def test_contributors_are_ranked(self, api: Api, commits: list[str]) -> None:
        ranked = api.get(f"{REPO}/contributors", anon="1").json()

        assert [one["contributions"] for one in ranked] == [2, 1]

    def test_an_empty_repository_has_none(self, api: Api, acme: Acme) -> None:
        make_repository(acme, auto_init=False)

        assert api.get(f"{REPO}/contributors").status_code == 204
        assert api.get(f"{REPO}/branches").json() == []
        assert api.get(f"{REPO}/tags").json() == []
        assert api.get(f"{REPO}/languages").json() == {}
