"""
The one client of GitHub and of the embedded forge: `client_for(...)`.

Typed, frozen results with the fields we read, and the named errors of `errors`. It never repeats a
change on its own: after `UnknownOutcome` the caller looks first (reliability.md 3.3).
"""

import functools
import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings

from apps.integrations.github.actions import ActionCalls
from apps.integrations.github.auth import App, Identity, InstallationIdentity, TokenIdentity
from apps.integrations.github.commits import CommitCalls
from apps.integrations.github.errors import BadCredentials
from apps.integrations.github.manners import Manners, is_limited
from apps.integrations.github.people import PeopleCalls
from apps.integrations.github.protection import ProtectionCalls
from apps.integrations.github.pulls import PullRequestCalls
from apps.integrations.github.repositories import RepositoryCalls
from apps.integrations.github.transport import Transport


class GitHubClient(
    RepositoryCalls, CommitCalls, PullRequestCalls, ActionCalls, ProtectionCalls, PeopleCalls
):
    """Every call that the portal makes to a forge; repositories are named "owner/name"."""


def client_for(
    owner: str = "",
    *,
    repositories: Sequence[str] = (),
    permissions: Mapping[str, str] | None = None,
    token: str = "",
) -> GitHubClient:
    """
    Return a client with the right identity: a given token, else the portal's token, else its App.

    An App needs the `owner` on whose account it is installed; its token is narrowed to
    `repositories` (names without owner) and `permissions`.

    :raises BadCredentials: if neither token nor App is configured
    """
    identity: Identity
    if token or settings.GITHUB_TOKEN:
        identity = TokenIdentity(token or settings.GITHUB_TOKEN)
    elif settings.GITHUB_APP_ID and settings.GITHUB_APP_PRIVATE_KEY:
        identity = _installation(
            owner, tuple(sorted(repositories)), tuple(sorted((permissions or {}).items()))
        )
    else:
        raise BadCredentials(
            "The portal has no way to sign in to GitHub.",
            hint="Set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.",
        )
    return client_with(identity, base_url=settings.GITHUB_API_URL)


def client_with(identity: Identity, *, base_url: str) -> GitHubClient:
    """Return a client of the API at `base_url`; tests and the proxy of faults use it directly."""
    transport = Transport(base_url=base_url, auth=identity.auth)
    manners = Manners(
        key=hashlib.sha256(f"{base_url}\n{identity.name}".encode()).hexdigest(),
        host=str(transport.origin),
        limited=is_limited(),
        spacing=settings.GITHUB_WRITE_SPACING_SECONDS,
    )
    return GitHubClient(transport=transport, identity=identity, manners=manners)


def signed_in_as() -> str:
    """
    Return the login of the portal's token, or the name of its App; for checks of the set-up.

    :raises GitHubError: if neither is configured, or GitHub does not accept it
    """
    if not settings.GITHUB_TOKEN and settings.GITHUB_APP_ID:
        return f"{_configured_app().slug()}[bot]"
    return client_for().viewer().login


@functools.lru_cache(maxsize=256)
def _installation(
    owner: str, repositories: tuple[str, ...], permissions: tuple[tuple[str, str], ...]
) -> InstallationIdentity:
    """Return the installation on an account; kept, because its token is kept in it."""
    app = _configured_app()
    return InstallationIdentity(
        app=app,
        installation=app.installation_of(owner),
        repositories=repositories,
        permissions=dict(permissions),
    )


def _configured_app() -> App:
    return _app(settings.GITHUB_API_URL, settings.GITHUB_APP_ID, settings.GITHUB_APP_PRIVATE_KEY)


@functools.lru_cache(maxsize=4)
def _app(base_url: str, app_id: str, private_key: str) -> App:
    return App(base_url=base_url, app_id=app_id, private_key=private_key)
