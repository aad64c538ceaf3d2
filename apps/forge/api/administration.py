"""What GitHub Enterprise Server adds for its administrators: accounts and their tokens."""

from typing import Any

from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.repositories import account_named
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Missing
from apps.forge.models import AccessToken, Account
from apps.forge.services import accounts
from apps.forge.shapes import accounts as shapes
from apps.forge.shapes.text import api, moment


def create_user(call: Call) -> Answer:
    _need_site_admin(call)
    fields = call.fields("User")
    made = accounts.create_account(
        login=fields.text("login", required=True),
        type=Account.Type.USER,
        email=fields.text("email", longest=254),
        name=fields.text("name", longest=255),
        description=fields.text("bio", longest=255),
    )
    return created(shapes.user(made))


def delete_user(call: Call, login: str) -> None:
    _need_site_admin(call)
    account = account_named(login, organization=False)
    if account.is_site_admin:
        raise Missing
    account.delete()


def create_organization(call: Call) -> Answer:
    _need_site_admin(call)
    fields = call.fields("Organization")
    administrator = account_named(fields.text("admin", required=True), organization=False)
    made = accounts.create_account(
        login=fields.text("login", required=True),
        type=Account.Type.ORGANIZATION,
        name=fields.text("profile_name", longest=255),
    )
    accounts.join_organization(organization=made, user=administrator, role="admin")
    return created(shapes.organization(made))


def create_authorization(call: Call, login: str) -> Answer:
    """Make a token for a user ("impersonation OAuth token"); its text is told once, here."""
    _need_site_admin(call)
    fields = call.fields("Authorization")
    account = account_named(login, organization=False)
    made, text = AccessToken.issue(
        account=account,
        note=fields.text("note", "impersonation", longest=255),
        scopes=[name[:40] for name in fields.texts("scopes", ["repo", "workflow"], most=50)],
    )
    return created(_authorization(made, text))


def revoke_authorizations(call: Call, login: str) -> None:
    _need_site_admin(call)
    account_named(login, organization=False).tokens.all().delete()


def _need_site_admin(call: Call) -> None:
    # The others are not told that these addresses exist.
    if not call.caller.is_site_admin:
        raise Missing


def _authorization(made: AccessToken, text: str) -> dict[str, Any]:
    return {
        "id": made.pk,
        "url": api(f"/authorizations/{made.pk}"),
        "app": {"name": "Site administration", "url": api(""), "client_id": "0" * 20},
        "token": text,
        "hashed_token": made.digest,
        "token_last_eight": made.last_eight,
        "note": made.note,
        "note_url": None,
        "created_at": moment(made.created_at),
        "updated_at": moment(made.created_at),
        "scopes": made.scopes,
        "fingerprint": None,
        "expires_at": None,
    }


_authorizations = methods(POST=create_authorization, DELETE=revoke_authorizations)
urlpatterns = [
    path("admin/users", methods(POST=create_user)),
    path("admin/users/<login>", methods(DELETE=delete_user)),
    path("admin/users/<login>/authorizations", _authorizations),
    path("admin/organizations", methods(POST=create_organization)),
]
