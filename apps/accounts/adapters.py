"""What django-allauth asks the portal."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators and by synchronisation, not by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse sign-up: a portal that can create repositories invites nobody by itself."""
        return False
