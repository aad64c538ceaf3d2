"""Print a link that signs a person in once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from apps.accounts import sign_in
from apps.accounts.models import Role, User


class Command(BaseCommand):
    """Make a one-time sign-in link, and the administrator's account if asked to."""

    help = "Prints a link that signs a person in once, within the hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default="admin", help="user name (default: admin)")
        parser.add_argument(
            "--create-admin",
            action="store_true",
            help="make the account with the role of an administrator if it does not exist",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["user"]
        user = User.objects.filter(username=name).first()
        if user is None and options["create_admin"]:
            user = User.objects.create(username=name, role=Role.ADMIN)
            user.set_unusable_password()
            user.save(update_fields=["password"])
        if user is None:
            raise CommandError(
                f"There is no account {name!r}. Name another with --user, or add --create-admin."
            )
        secret = sign_in.create_link(user=user, now=timezone.now())
        self.stdout.write(settings.PUBLIC_URL + reverse("sign_in_link", args=[secret]))
