"""Fixtures of the catalog: a folder of files that is a location."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.accounts.models import Role, User
from apps.accounts.permissions import Actor
from apps.accounts.selectors import actor_for
from apps.catalog import selectors, services
from apps.catalog.models import Location

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def component(name: str, *, owner: str = "payments", more: str = "") -> str:
    """Return the document of a component."""
    return (
        "apiVersion: backstage.io/v1alpha1\n"
        "kind: Component\n"
        f"metadata:\n  name: {name}\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n{more}"
    )


class Folder:
    """A folder of files that is registered as a location."""

    def __init__(self, root: Path, *, trusted: bool = True) -> None:
        self.root = root
        self.trusted = trusted
        self.minutes = 0
        self.location: Location | None = None

    def write(self, name: str, text: str | bytes) -> Path:
        """Put a file into the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def ingest(self, target: str = "**/*.yaml", *, may_prune: bool = False) -> services.LocationRun:
        """Register the folder once, and read it; each time a minute later."""
        now = NOW + timedelta(minutes=self.minutes)
        self.minutes += 1
        if self.location is None:
            self.location = services.register_location(
                actor=None, target=f"{self.root}/{target}", trusted=self.trusted, now=now
            )
        run = services.process_location_now(
            location_id=self.location.pk, now=now, may_prune=may_prune
        )
        assert run is not None
        self.location.refresh_from_db()
        return run

    @property
    def problems(self) -> list[str]:
        """The problems of the location, as people read them, relative to the folder."""
        assert self.location is not None
        found = selectors.location_problems(self.location).problems
        return [str(problem).replace(f"{self.root}/", "") for problem in found]


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Folder:
    """An empty folder, trusted."""
    return Folder(tmp_path)


@pytest.fixture
def make_actor(db: None) -> Callable[..., Actor]:
    """Make a person with a role."""

    def make(name: str, role: str = Role.MEMBER, entity_ref: str = "") -> Actor:
        user = User.objects.create_user(name, role=role, entity_ref=entity_ref)
        return actor_for(user)

    return make
