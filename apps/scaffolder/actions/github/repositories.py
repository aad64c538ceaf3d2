"""Making a repository exactly once: create with a marker, look after a lost answer, adopt."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings

from apps.integrations.github import errors
from apps.integrations.github.client import GitHubClient, client_for
from apps.integrations.github.results import File, Repository
from apps.integrations.scm import RepositoryRef, parse_repo_url
from apps.scaffolder.actions.base import ActionContext, ActionFailed
from apps.scaffolder.domain.workspace import Files

# A repository that exists can be answered with 404 for some seconds (reliability.md 3.3).
_LOOKS = 3
_SECONDS_BETWEEN_LOOKS = 3.5

Found = TypeVar("Found")


def repository_of(given: dict[str, Any]) -> RepositoryRef:
    """
    Return the repository that an action's `repoUrl` names.

    :raises BadScmUrl: if it is no such address
    :raises ActionFailed: if it is on another host than the configured forge
    """
    ref = parse_repo_url(given["repoUrl"], where="input.repoUrl")
    host = urlsplit(settings.GITHUB_URL).netloc.lower()
    if ref.host.lower() != host:
        raise ActionFailed(
            f"The portal is not connected to {ref.host}.",
            code="unknown_host",
            hint=f"Repositories can be made on {host}.",
            where="input.repoUrl",
        )
    return ref


def client_of(context: ActionContext, ref: RepositoryRef, given: dict[str, Any]) -> GitHubClient:
    """Return a client with the token that was given as a secret, else with the portal's rights."""
    token = given.get("token")
    return client_for(ref.owner, token=str(context.reveal(token)) if token else "")


def create_or_adopt(
    context: ActionContext, client: GitHubClient, ref: RepositoryRef, options: dict[str, Any]
) -> Repository:
    """
    Return the repository that this step made, now or in an earlier attempt.

    :raises ActionFailed: `name_taken`, if somebody else's repository has the name
    :raises UnknownOutcome: if the answer was lost and nothing can be seen yet
    """
    if context.is_repeat:
        known = _find(client, ref)
        if known is not None:
            return _adopted(context, ref, known)
    context.before_call()
    try:
        made = client.create_repository(
            owner=ref.owner, name=ref.name, homepage=context.marker, **options
        )
    except errors.NameTaken:
        known = look(context, lambda: _find(client, ref))
        if known is None:
            raise
        return _adopted(context, ref, known)
    except errors.UnknownOutcome:
        known = look(context, lambda: _find(client, ref))
        if known is None:
            raise
        return _adopted(context, ref, known)
    context.made(external_id(made), made.html_url)
    context.log(f"Created the repository {made.full_name}")
    return made


def look(context: ActionContext, find: Callable[[], Found | None]) -> Found | None:
    """Look for the outcome of a lost answer a few times; None if it stays absent."""
    for number in range(_LOOKS):
        if number:
            context.sleep(_SECONDS_BETWEEN_LOOKS)
        found = find()
        if found is not None:
            return found
    return None


def external_id(repository: Repository) -> str:
    """Return the name under which a run remembers a repository."""
    return f"github:repository:{repository.id}"


def committed(files: Files) -> dict[str, File]:
    """Return the workspace's files as the client commits them."""
    return {path: File(file.data, executable=file.executable) for path, file in files.items()}


def _find(client: GitHubClient, ref: RepositoryRef) -> Repository | None:
    try:
        found = client.get_repository(ref.full_name)
    except errors.NotFound:
        return None
    # GitHub follows renames: another repository's answer is not this one's.
    return found if found.full_name.lower() == ref.full_name.lower() else None


def _adopted(context: ActionContext, ref: RepositoryRef, found: Repository) -> Repository:
    if found.homepage != context.marker and external_id(found) != context.known_id:
        raise ActionFailed(
            f"There is a repository {ref.full_name} already, and this run did not make it.",
            code="name_taken",
            hint="Choose another name and start a new run. Nothing was changed.",
            where="input.repoUrl",
        )
    context.made(external_id(found), found.html_url)
    context.log(f"The repository {found.full_name} was already made by this run; going on with it")
    return found
