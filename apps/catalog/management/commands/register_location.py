"""Registers a file path, a pattern or a URL as a location of the catalog."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.catalog import selectors, services
from apps.core.errors import UserFacingError


class Command(BaseCommand):
    help = "Register a file path, a glob pattern or a URL as a location of the catalog."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", help="a file path, a pattern such as 'repo/**/*.yaml', a URL")
        parser.add_argument(
            "--wait", action="store_true", help="read it now; print counts and errors"
        )
        parser.add_argument(
            "--untrusted",
            action="store_true",
            help="do not take users, groups and templates from it",
        )
        parser.add_argument("--optional", action="store_true", help="it need not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            location = services.register_location(
                actor=None,
                target=options["target"],
                now=now,
                presence="optional" if options["optional"] else "required",
                trusted=not options["untrusted"],
            )
            self.stdout.write(f"Registered {location} as {location.pk}.")
        except services.LocationAlreadyRegistered as known:
            location = selectors.get_location(known.location_id)
            self.stdout.write(f"{location} is registered already, as {location.pk}.")
        except UserFacingError as error:
            raise CommandError(str(error)) from error
        if options["wait"]:
            self._wait(location)

    def _wait(self, location: Any) -> None:
        services.process_location_now(location_id=location.pk, now=timezone.now())
        location.refresh_from_db()
        self.stdout.write(
            f"{location.entity_count} entities from {location.file_count} files in "
            f"{location.duration_ms} ms, {location.error_count} errors, "
            f"{location.warning_count} warnings."
        )
        found = selectors.location_problems(location)
        for problem in found.problems:
            self.stdout.write(f"{problem.level}: {problem}")
        if found.more:
            self.stdout.write(f"and {found.more} more")
        if location.pruning_paused:
            self.stdout.write(location.pruning_paused)
        if location.status == "failed":
            raise CommandError("The location could not be read.")
