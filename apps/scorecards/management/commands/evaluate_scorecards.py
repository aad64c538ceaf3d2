"""`manage.py evaluate_scorecards [--entity REF] [--collect]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.catalog import selectors as catalog
from apps.catalog.domain.ref import EntityRef, InvalidEntityRef
from apps.scorecards import selectors, services


class Command(BaseCommand):
    """Grades from stored facts; with --collect it reads the facts first."""

    help = "Re-evaluates scorecards from stored facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entity", help="one entity, such as component:default/checkout")
        parser.add_argument("--collect", action="store_true", help="read the facts again first")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        services.sync_pack(now=now)
        refs = self._refs(options["entity"])
        grade = services.collect_and_evaluate if options["collect"] else services.evaluate_entities
        count = grade(refs=refs, now=now)
        self.stdout.write(f"{count} of {len(refs)} entities are on a scorecard.")
        for line in selectors.summary_lines(refs if options["entity"] else None):
            self.stdout.write(line)

    def _refs(self, text: str | None) -> list[str]:
        if not text:
            kinds = {kind for card in selectors.active_scorecards() for kind in card.kinds}
            return catalog.refs_of_kinds(None, sorted(kinds))
        try:
            ref = str(EntityRef.parse(text, default_kind="component"))
        except InvalidEntityRef as error:
            raise CommandError(str(error)) from error
        if ref not in catalog.entities_by_refs(None, [ref]):
            raise CommandError(f"The catalog has no {ref}.")
        return [ref]
