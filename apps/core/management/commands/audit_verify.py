"""Check the chain of the audit log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import audit
from apps.core.models import AuditEvent


class Command(BaseCommand):
    """Recompute every hash of the audit log and name the first row that does not fit."""

    help = "Verifies that no row of the audit log was altered or removed."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = audit.first_broken_row()
        if broken is not None:
            raise CommandError(
                f"Row {broken} of the audit log does not fit the one before it: it or its "
                "predecessor was altered or removed outside the portal."
            )
        self.stdout.write(f"{AuditEvent.objects.count()} rows, the chain is whole.")
