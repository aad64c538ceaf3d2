"""Calls about members, teams, collaborators and webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.calls import Calls
from apps.integrations.github.results import Account, Commit, Hook, Team


class PeopleCalls(Calls):
    """docs.github.com/rest/orgs/members, /rest/teams, /rest/collaborators, /rest/webhooks."""

    def list_members(self, organization: str) -> list[Account]:
        """Return the members of an organisation."""
        return self._pages(f"/orgs/{scm.check_owner(organization)}/members", Account.read)

    def list_members_without_two_factor(self, organization: str) -> list[Account]:
        """
        Return the members without a second factor.

        :raises PermissionMissing: unless the token belongs to an owner
        """
        path = f"/orgs/{scm.check_owner(organization)}/members"
        return self._pages(path, Account.read, filter="2fa_disabled")

    def list_teams(self, organization: str) -> list[Team]:
        """Return the teams of an organisation."""
        return self._pages(f"/orgs/{scm.check_owner(organization)}/teams", Team.read)

    def list_team_members(self, organization: str, slug: str) -> list[Account]:
        """Return the members of a team."""
        return self._pages(f"{self._team(organization, slug)}/members", Account.read)

    def add_team(self, full_name: str, slug: str, *, permission: str = "push") -> None:
        """Give a team access: pull, triage, push, maintain or admin; repeatable."""
        owner, name = scm.parse_full_name(full_name)
        path = f"{self._team(owner, slug)}/repos/{owner}/{name}"
        self._send("PUT", path, {"permission": permission})

    def add_collaborator(self, full_name: str, login: str, *, permission: str = "push") -> None:
        """Give a person access: pull, triage, push, maintain or admin; repeatable."""
        path = self._repo(full_name, f"/collaborators/{scm.check_owner(login)}")
        self._send("PUT", path, {"permission": permission})

    def list_collaborators(self, full_name: str) -> list[Account]:
        """Return who has access to a repository."""
        return self._pages(self._repo(full_name, "/collaborators"), Account.read)

    def permission_of(self, full_name: str, login: str) -> str:
        """Return what a person may do in a repository: none, read, write or admin."""
        path = self._repo(full_name, f"/collaborators/{scm.check_owner(login)}/permission")
        try:
            return self._get(path, lambda data: str(data["permission"]))
        except errors.NotFound:
            return "none"

    def authors_since(self, full_name: str, since: datetime) -> dict[str, int]:
        """Return who has committed to the default branch since then, with how many commits."""
        found = self._pages(
            self._repo(full_name, "/commits"),
            Commit.read,
            since=f"{since:%Y-%m-%dT%H:%M:%SZ}",
        )
        counts: dict[str, int] = {}
        for commit in found:
            author = commit.author_login or commit.author_email
            counts[author] = counts.get(author, 0) + 1
        return counts

    # --- webhooks ---

    def list_hooks(self, target: str) -> list[Hook]:
        """Return the webhooks of a repository ("owner/name") or an organisation ("owner")."""
        return self._pages(self._hooks(target), Hook.read)

    def create_hook(
        self,
        target: str,
        *,
        url: str,
        secret: str,
        events: Sequence[str],
        content_type: str = "json",
        insecure_ssl: bool = False,
    ) -> Hook:
        """
        Create a webhook on a repository or an organisation.

        Not repeatable: look for its address with `list_hooks` after an unknown outcome.
        """
        config: dict[str, Any] = {
            "url": url,
            "content_type": content_type,
            "insecure_ssl": "1" if insecure_ssl else "0",
        }
        if secret:
            config["secret"] = secret
        body = {"name": "web", "active": True, "events": list(events), "config": config}
        return self._change("POST", self._hooks(target), Hook.read, body)

    def delete_hook(self, target: str, hook_id: int) -> None:
        """Delete a webhook."""
        self._send("DELETE", f"{self._hooks(target)}/{int(hook_id)}")

    def _hooks(self, target: str) -> str:
        if "/" in target:
            return self._repo(target, "/hooks")
        return f"/orgs/{scm.check_owner(target)}/hooks"

    def _team(self, organization: str, slug: str) -> str:
        return f"/orgs/{scm.check_owner(organization)}/teams/{self._part(slug)}"
