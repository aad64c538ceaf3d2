"""Calls about accounts and repositories."""

from collections.abc import Sequence
from typing import Any

from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.calls import Calls
from apps.integrations.github.results import Account, Organization, Repository


class RepositoryCalls(Calls):
    """docs.github.com/rest/repos/repos, /rest/users, /rest/orgs."""

    def viewer(self) -> Account:
        """Return the account of the token."""
        return self._get("/user", Account.read)

    def get_account(self, login: str) -> Account:
        """
        Return a person or an organisation.

        :raises NotFound: if there is none of this name
        """
        return self._get(f"/users/{scm.check_owner(login)}", Account.read)

    def get_organization(self, login: str) -> Organization:
        """
        Return an organisation; owners also learn whether it asks for a second factor.

        :raises NotFound: if there is no organisation of this name
        """
        return self._get(f"/orgs/{scm.check_owner(login)}", Organization.read)

    def get_repository(self, full_name: str) -> Repository:
        """
        Return a repository. Follows a rename, so compare `full_name` where that matters.

        :raises NotFound: if there is none, or the token may not see it
        """
        return self._get(self._repo(full_name), Repository.read)

    def list_repositories(self, owner: str, *, limit: int = 1000) -> list[Repository]:
        """Return the repositories of a person or an organisation."""
        owner = scm.check_owner(owner)
        try:
            return self._pages(f"/orgs/{owner}/repos", Repository.read, limit=limit)
        except errors.NotFound:
            return self._pages(f"/users/{owner}/repos", Repository.read, limit=limit)

    def create_repository(
        self,
        *,
        owner: str,
        name: str,
        description: str = "",
        homepage: str = "",
        visibility: str = "private",
        auto_init: bool = False,
        **options: Any,
    ) -> Repository:
        """
        Create a repository; `homepage` carries the run's marker inside the creating call.

        `visibility` is private, internal or public; `options` are GitHub's own: has_issues,
        has_wiki, has_projects, allow_merge_commit, allow_squash_merge, allow_rebase_merge,
        allow_auto_merge, delete_branch_on_merge, squash_merge_commit_title, ….

        :raises NameTaken: if the owner has a repository of this name
        :raises PermissionMissing: if the owner is a person other than the token's
        :raises UnknownOutcome: if the answer was lost: look for the name and the marker
        """
        owner, name = scm.check_owner(owner), scm.check_name(name)
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "homepage": homepage,
            "private": visibility != "public",
            "auto_init": auto_init,
        } | {key: value for key, value in options.items() if value is not None}
        if self._is_person(owner):
            self._check_own_account(owner)
            return self._change("POST", "/user/repos", Repository.read, body)
        body["visibility"] = visibility
        return self._change("POST", f"/orgs/{owner}/repos", Repository.read, body)

    def _is_person(self, owner: str) -> bool:
        try:
            return self.get_account(owner).type == "User"
        except errors.NotFound:
            # Some servers list people only here; a name nobody has is refused when creating.
            return False

    def _check_own_account(self, owner: str) -> None:
        """GitHub creates people's repositories in the account of the token, whatever was meant."""
        viewer = self.viewer().login
        if viewer.lower() != owner.lower():
            raise errors.PermissionMissing(
                f"The portal acts as {viewer} and cannot create a repository of {owner}.",
                hint="Choose an organisation as the owner.",
            )

    def update_repository(self, full_name: str, **changes: Any) -> Repository:
        """Change settings of a repository: description, homepage, default_branch, private, …."""
        return self._change("PATCH", self._repo(full_name), Repository.read, changes)

    def archive_repository(self, full_name: str) -> Repository:
        """Make a repository read-only."""
        return self.update_repository(full_name, archived=True)

    def delete_repository(self, full_name: str) -> None:
        """
        Delete a repository for good.

        :raises NotFound: if there is none
        :raises PermissionMissing: if the token may not delete
        """
        self._send("DELETE", self._repo(full_name))

    def replace_topics(self, full_name: str, topics: Sequence[str]) -> tuple[str, ...]:
        """Set the topics of a repository, and return them."""
        path = self._repo(full_name, "/topics")
        body = {"names": [topic.lower() for topic in topics]}
        return self._change("PUT", path, lambda data: tuple(data["names"]), body)

    def list_languages(self, full_name: str) -> dict[str, int]:
        """Return the languages of a repository, with bytes of code."""
        return self._get(self._repo(full_name, "/languages"), lambda data: dict(data))
