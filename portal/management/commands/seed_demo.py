"""`manage.py seed_demo`: loads Acme, the demonstration organisation."""

import subprocess
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import UserFacingError
from portal.demonstration.loading import Loader


class Command(BaseCommand):
    """May be repeated; what is there already is left as it is."""

    help = "Loads Acme, the demonstration organisation, into the embedded forge and the catalog."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED_FORGE:
            raise CommandError("Acme is for the embedded forge; GITHUB_URL names another one.")
        try:
            Loader(say=self._say).load()
        except subprocess.CalledProcessError as error:
            told = error.stderr.decode("utf-8", errors="replace").strip()
            raise CommandError(f"git could not push to the embedded forge: {told}") from error
        except UserFacingError as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()
