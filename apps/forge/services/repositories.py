"""Making, changing and removing repositories."""

import re
from typing import Any

from django.db import IntegrityError, transaction

from apps.forge import events
from apps.forge.errors import Invalid, invalid_field
from apps.forge.git.repository import GitRepository, is_ref_name
from apps.forge.models import Account, Repository
from apps.forge.services import writing
from apps.forge.shapes import events as bodies

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_RESERVED_ENDINGS = (".git", ".wiki", ".lock")


def create(
    *, owner: Account, creator: Account, name: str, auto_init: bool = False, **settings: Any
) -> Repository:
    """
    Make a repository, empty or with a README.

    :raises apps.forge.errors.Invalid: if the name cannot be used or is taken
    """
    check_name(name)
    if settings.get("private"):
        settings["visibility"] = "private"
    try:
        with transaction.atomic():
            repository = Repository.objects.create(owner=owner, name=name, **settings)
    except IntegrityError as error:
        raise _name_taken() from error
    git = GitRepository.create(repository.folder, default_branch=repository.default_branch)
    _emit(repository, "created", creator)
    if auto_init:
        readme = f"# {name}\n{repository.description}".rstrip("\n").encode()
        writing.commit_files(
            repository=repository,
            git=git,
            branch=repository.default_branch,
            parent=None,
            files={"README.md": readme},
            message="Initial commit",
            author=writing.signature_of(creator),
            sender=creator,
        )
    return repository


def update(*, repository: Repository, sender: Account, **changes: Any) -> Repository:
    """
    Change settings of a repository.

    :raises apps.forge.errors.Invalid: if the new name or default branch cannot be used
    """
    git = GitRepository(repository.folder)
    if "name" in changes:
        check_name(changes["name"])
    branch = changes.get("default_branch", repository.default_branch)
    if branch != repository.default_branch:
        if branch not in git.branches() and not (git.is_empty() and is_ref_name(branch)):
            message = f"The branch {branch} was not found. Please push that ref first or create it."
            raise invalid_field("Repository", "default_branch", "invalid", message)
        git.set_default_branch(branch)
    before_archived = repository.archived
    for name, value in changes.items():
        setattr(repository, name, value)
    if "private" in changes:
        repository.visibility = "private" if repository.private else "public"
    try:
        with transaction.atomic():
            repository.save()
    except IntegrityError as error:
        raise _name_taken() from error
    action = "edited"
    if before_archived != repository.archived:
        action = "archived" if repository.archived else "unarchived"
    _emit(repository, action, sender)
    return repository


def delete(*, repository: Repository, sender: Account) -> None:
    """Remove a repository from the tables and, after commit, from disk."""
    _emit(repository, "deleted", sender)
    git = GitRepository(repository.folder)
    repository.delete()
    transaction.on_commit(git.delete)


def check_name(name: str) -> None:
    """
    Refuse what cannot name a repository.

    :raises apps.forge.errors.Invalid: with GitHub's body
    """
    if not name:
        raise invalid_field("Repository", "name", "missing_field")
    bad_ending = name.lower().endswith(_RESERVED_ENDINGS)
    if not _NAME.fullmatch(name) or name in {".", ".."} or bad_ending:
        raise Invalid(
            "Repository creation failed.",
            errors=[
                {
                    "resource": "Repository",
                    "code": "custom",
                    "field": "name",
                    "message": "The repository name can only contain ASCII letters, digits, and "
                    "the characters ., -, and _, at most 100 of them, and cannot end in .git.",
                }
            ],
        )


def _name_taken() -> Invalid:
    return Invalid(
        "Repository creation failed.",
        errors=[
            {
                "resource": "Repository",
                "code": "custom",
                "field": "name",
                "message": "name already exists on this account",
            }
        ],
    )


def _emit(repository: Repository, action: str, sender: Account) -> None:
    body = {"action": action, **bodies.common(repository, sender)}
    events.emit(repository, "repository", body)
