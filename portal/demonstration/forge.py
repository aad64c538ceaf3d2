"""Acme on the forge: accounts, teams and repositories, made by its REST API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from apps.core import outbound
from apps.core.errors import Unavailable
from apps.integrations.github import errors
from apps.integrations.github.action_results import Protection
from apps.integrations.github.client import client_for
from portal.demonstration.repositories import ORGANIZATION, DemoRepository


class ForgeRefused(Unavailable):
    """The forge refused something that the demonstration needs."""


class ForgeAdministration:
    """The calls of GitHub Enterprise Server's administrators; all may be repeated."""

    def __init__(self) -> None:
        self._session = outbound.session(authorized_url=settings.GITHUB_API_URL)
        self._teams: dict[str, int] = {}

    def create_people(self, people: Mapping[str, str]) -> None:
        """Make an account for each login with this display name."""
        for login, name in people.items():
            body = {"login": login, "email": f"{login}@acme.example", "name": name}
            self._call("POST", "/admin/users", body, known={409, 422})

    def create_organization(self, *, administrator: str) -> None:
        """Make the organisation."""
        body = {"login": ORGANIZATION, "admin": administrator, "profile_name": "Acme"}
        self._call("POST", "/admin/organizations", body, known={409, 422})

    def create_team(
        self, name: str, *, description: str, parent: str, logins: Sequence[str]
    ) -> None:
        """Make a team under its parent, with its members; the parent comes first."""
        body: dict[str, Any] = {"name": name, "description": description, "privacy": "closed"}
        if parent in self._teams:
            body["parent_team_id"] = self._teams[parent]
        made = self._call("POST", f"/orgs/{ORGANIZATION}/teams", body, known={409, 422})
        if "id" not in made:
            made = self._call("GET", f"/orgs/{ORGANIZATION}/teams/{name}")
        self._teams[name] = int(made["id"])
        for login in logins:
            path = f"/orgs/{ORGANIZATION}/teams/{name}/memberships/{login}"
            self._call("PUT", path, {"role": "member"})

    def _call(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        known: frozenset[int] | set[int] = frozenset(),
    ) -> dict[str, Any]:
        answer = self._session.request(
            verb,
            f"{settings.GITHUB_API_URL}{path}",
            headers={
                "Authorization": f"Bearer {settings.GITHUB_TOKEN}",
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
            },
            data=json.dumps(body) if body is not None else None,
        )
        if answer.status >= 400 and answer.status not in known:
            raise ForgeRefused(
                f"The forge answered {answer.status} to {verb} {path}: {answer.text[:200]}",
                hint="Is the embedded forge running? See its log under CALLBOARD_DATA.",
            )
        found = json.loads(answer.text or "{}")
        return found if answer.status < 400 and isinstance(found, dict) else {}


def create_repository(repository: DemoRepository) -> bool:
    """Make an empty repository; return whether it still needs its history."""
    client = client_for(ORGANIZATION)
    full_name = f"{ORGANIZATION}/{repository.name}"
    try:
        client.create_repository(
            owner=ORGANIZATION,
            name=repository.name,
            description=repository.description,
            visibility="private",
        )
    except errors.NameTaken:
        try:
            client.get_ref(full_name, "main")
        except (errors.NotFound, errors.Conflict):
            return True
        return False
    return True


def settle_repository(repository: DemoRepository) -> None:
    """Give the team its rights, and protect the branch where the team has asked for it."""
    client = client_for(ORGANIZATION)
    full_name = f"{ORGANIZATION}/{repository.name}"
    client.add_team(full_name, repository.team)
    client.replace_topics(full_name, list(repository.topics))
    if repository.protect:
        client.put_protection(
            full_name,
            "main",
            Protection(
                required_approvals=1,
                required_checks=("test",),
                require_code_owner_reviews=True,
                dismiss_stale_reviews=True,
            ),
        )
