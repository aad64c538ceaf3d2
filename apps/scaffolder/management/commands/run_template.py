"""`manage.py run_template REF --values FILE [--wait]`: start a run, and follow it if asked."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Role, User
from apps.accounts.selectors import actor_for
from apps.core import yaml_guard
from apps.core.errors import UserFacingError
from apps.scaffolder import selectors, services
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.engine import loop
from apps.scaffolder.models import Run

_LOOK_SECONDS = 0.3
# A worker that is there takes a run up in a tenth of this.
_PATIENCE_SECONDS = 3.0


class Command(BaseCommand):
    """Starts a run as a person; with --wait prints its log and exits non-zero if it failed."""

    help = "Starts a run of a golden path."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ref", help="for example template:default/python-service")
        parser.add_argument("--values", help="a YAML or JSON file with the values; - for stdin")
        parser.add_argument("--secrets", help="a YAML or JSON file with secrets")
        parser.add_argument("--user", help="user name of the requester; else an administrator")
        parser.add_argument("--idempotency-key", default="")
        parser.add_argument("--wait", action="store_true", help="follow the run to its end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the run."""
        try:
            run = services.create_run(
                actor=actor_for(self._user(options["user"])),
                template_ref=options["ref"],
                values=_mapping(options["values"]),
                secrets={key: str(value) for key, value in _mapping(options["secrets"]).items()},
                idempotency_key=options["idempotency_key"],
            )
        except UserFacingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Run {run.pk}")
        if options["wait"] and self._follow(run) != RunState.SUCCEEDED:
            sys.exit(1)

    def _user(self, name: str | None) -> User:
        if name:
            user = User.objects.filter(username=name).first()
            if user is None:
                raise CommandError(f"There is nobody with the user name {name}.")
            return user
        user = (
            User.objects.filter(is_active=True, is_superuser=True).first()
            or User.objects.filter(is_active=True, role=Role.ADMIN).first()
        )
        if user is None:
            raise CommandError("There is no administrator yet. Name a person with --user.")
        return user

    def _follow(self, run: Run) -> str:
        seq = 0
        began = time.monotonic()
        while True:
            run.refresh_from_db(fields=["state", "output", "waiting_reason"])
            for event in selectors.events_after(run, seq):
                seq = event.seq
                self.stdout.write(event.text)
            if run.is_terminal and not selectors.events_after(run, seq):
                break
            if run.state == RunState.QUEUED and time.monotonic() - began > _PATIENCE_SECONDS:
                # No worker is there: this process does it, by the same claim.
                loop.run_one(run.pk)
            time.sleep(_LOOK_SECONDS)
        for link in selectors.results(run).links:
            self.stdout.write(f"{link.title}: {link.url or link.entity_ref}")
        for left in selectors.leftovers(run):
            self.stdout.write(f"Left behind by {left.step}: {left.url or left.external_id}")
        return str(run.state)


def _mapping(source: str | None) -> dict[str, Any]:
    if not source:
        return {}
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        values = yaml_guard.load_one(data, where=source).value  # JSON is YAML
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error
    except UserFacingError as error:
        raise CommandError(str(error)) from error
    if not isinstance(values, dict):
        raise CommandError(f"{source} does not hold an object.")
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return plain
