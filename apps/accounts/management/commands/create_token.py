"""Print a new API token."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import User
from apps.accounts.permissions import ALL_SCOPES
from apps.core.errors import UserFacingError


class Command(BaseCommand):
    """Make an API token and print it; it cannot be shown again."""

    help = f"Prints a new API token. Scopes: {', '.join(sorted(ALL_SCOPES))}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="whose rights the token has")
        parser.add_argument("--scope", required=True, nargs="+", action="extend", help="what for")
        parser.add_argument("--days", type=int, default=tokens.DEFAULT_DAYS, help="how long (30)")
        parser.add_argument("--name", default="made on the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['user']!r}.")
        try:
            issued = tokens.issue_token(
                user=user,
                name=options["name"],
                scopes=options["scope"],
                days=options["days"],
                now=timezone.now(),
            )
        except UserFacingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(issued.secret)
