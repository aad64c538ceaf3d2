"""Check what must always hold in the run engine, the catalog and the audit log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.catalog.selectors import invariants as catalog_invariants
from apps.core import audit
from apps.scaffolder.engine import invariants as run_invariants


class Command(BaseCommand):
    """Print every violated invariant; end with 1 if there is one."""

    help = "Prints every violated invariant of the run engine, the catalog and the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        violated = [*run_invariants.violated(), *catalog_invariants.violated()]
        broken = audit.first_broken_row()
        if broken is not None:
            violated.append(f"Audit log: row {broken} does not fit the one before it.")
        for sentence in violated:
            self.stdout.write(sentence)
        if violated:
            raise CommandError(f"{len(violated)} invariants are violated.")
        self.stdout.write("Every invariant holds.")
