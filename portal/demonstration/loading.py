"""Loads Acme, step by step; each step may be repeated, so an interrupted load is gone on with."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog import selectors as catalog
from apps.catalog import services as catalog_services
from apps.core import audit
from apps.integrations import services as integrations
from apps.scorecards import selectors as scorecards
from apps.scorecards import services as scorecard_services
from portal.demonstration import forge
from portal.demonstration.history import push_history
from portal.demonstration.repositories import (
    ORGANIZATION,
    DemoRepository,
    acme_documents,
    acme_repositories,
    catalog_repository,
    demo_people,
    golden_paths_repository,
)

# git and the forge wait for each other more than they compute.
AT_ONCE = 4
Say = Callable[[str], None]


@dataclass
class Loader:
    """One load; `say` prints a line of progress."""

    say: Say

    def load(self) -> None:
        """
        Bring Acme into the forge, the accounts and the catalog.

        Pipelines run on afterwards, and scorecards follow them.

        :raises apps.core.errors.UserFacingError: if the forge does not do its part
        """
        began = time.monotonic()
        people = {
            document["metadata"]["name"]: document["spec"]["profile"]["displayName"]
            for document in acme_documents("org/users.yaml")
        }
        repositories = [catalog_repository(), golden_paths_repository(), *acme_repositories()]
        self._accounts()
        self._organization(people)
        integrations.ensure_webhook(ORGANIZATION)
        self._repositories(repositories, people, timezone.now())
        self._catalog(repositories)
        self.say(f"Acme is loaded, in {time.monotonic() - began:.1f} s; its pipelines run on.")

    @transaction.atomic
    def _accounts(self) -> None:
        for person in demo_people():
            user, is_new = User.objects.get_or_create(
                username=person["username"],
                defaults={
                    "first_name": person["first_name"],
                    "last_name": person["last_name"],
                    "email": f"{person['ref'].rpartition('/')[2]}@acme.example",
                    "role": person["role"],
                    "entity_ref": person["ref"],
                },
            )
            if is_new:
                # One click signs in; nobody knows a password, because there is none.
                user.set_unusable_password()
                user.save(update_fields=["password"])
                audit.record(
                    action="accounts.create_user",
                    object_kind="user",
                    object_id=str(user.pk),
                    object_name=user.username,
                    detail={"role": user.role, "demonstration": True},
                )

    def _organization(self, people: dict[str, str]) -> None:
        self.say(f"People and teams: {len(people)} people")
        administration = forge.ForgeAdministration()
        administration.create_people(people)
        administration.create_organization(administrator="sam-rivera")
        members: dict[str, list[str]] = {}
        for document in acme_documents("org/users.yaml"):
            for team in document["spec"]["memberOf"]:
                members.setdefault(team, []).append(document["metadata"]["name"])
        for group in acme_documents("org/groups.yaml"):
            name = group["metadata"]["name"]
            if group["spec"]["type"] != "organization":
                administration.create_team(
                    name,
                    description=group["metadata"]["description"],
                    parent=group["spec"].get("parent", ""),
                    logins=members.get(name, []),
                )

    def _repositories(
        self, repositories: list[DemoRepository], people: dict[str, str], now: datetime
    ) -> None:
        self.say(f"Repositories: {len(repositories)}, with their history")
        wanted = [repository for repository in repositories if forge.create_repository(repository)]

        def push(repository: DemoRepository) -> int:
            try:
                return push_history(repository, names=people, token=settings.GITHUB_TOKEN, now=now)
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            pushes = sum(pool.map(push, wanted))
        for repository in repositories:
            forge.settle_repository(repository)
        self.say(f"{pushes} pushes; the pipelines have begun")

    def _catalog(self, repositories: list[DemoRepository]) -> None:
        """Read the catalog now, so that the first page has something to show."""
        refs_before = set(catalog.refs_of_kinds(None, ["component"]))
        for repository in repositories:
            file = "all.yaml" if repository.name == "catalog" else "catalog-info.yaml"
            url = f"{settings.GITHUB_URL}/{ORGANIZATION}/{repository.name}/blob/main/{file}"
            try:
                location = catalog_services.register_location(
                    actor=None,
                    target=url,
                    now=timezone.now(),
                    trusted=repository.name in {"catalog", "golden-paths"},
                )
            except catalog_services.LocationAlreadyRegistered:
                continue
            catalog_services.process_location_now(location_id=location.pk, now=timezone.now())
        refs = catalog.refs_of_kinds(None, ["component"])
        if set(refs) != refs_before:
            scorecard_services.evaluate_entities(refs=refs, now=timezone.now())
        self.say(
            f"Catalog: {len(refs)} components, {len(scorecards.active_scorecards())} scorecard"
        )
