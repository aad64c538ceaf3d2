"""What is wrong with CODEOWNERS."""

from apps.forge.models import Repository
from tests.forge.conftest import Api
from tests.forge.test_contents import put

ADDRESS = "/repos/acme/billing/codeowners/errors"


def test_without_the_file_there_is_nothing_to_check(api: Api, repo: Repository) -> None:
    assert api.get(ADDRESS).status_code == 404


def test_known_owners_are_fine(api: Api, repo: Repository) -> None:
    text = "# everything\n* @acme/billing @alice\n*.py bob@acme.example  # his\n\n/docs/\n"
    put(api, ".github/CODEOWNERS", text)

    assert api.get(ADDRESS).json() == {"errors": []}


def test_unknown_owners_are_named_with_line_and_column(api: Api, repo: Repository) -> None:
    put(api, "CODEOWNERS", "* @alice\n/src @acme/nobody @carol @ghost\n!x @alice\n/y carol\n")

    errors = api.get(ADDRESS).json()["errors"]

    assert [(error["line"], error["column"], error["kind"]) for error in errors] == [
        (2, 6, "Unknown owner"),
        (2, 19, "Unknown owner"),
        (2, 26, "Unknown owner"),
        (3, 1, "Invalid pattern"),
        (4, 4, "Invalid owner"),
    ]
    assert errors[0]["path"] == "CODEOWNERS"


def test_a_team_that_cannot_write_is_no_owner(api: Api, repo: Repository) -> None:
    repo.team_grants.update(role="pull")
    put(api, "CODEOWNERS", "* @acme/billing\n")

    [error] = api.get(ADDRESS).json()["errors"]

    assert "write access" in error["suggestion"]
