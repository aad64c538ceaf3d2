"""Check runs: made and changed by programs and by the workflow runner."""

import hashlib
from typing import Any

from apps.forge import events
from apps.forge.models import Account, CheckRun, CommitStatus, Repository
from apps.forge.shapes import checks as shapes
from apps.forge.shapes import events as bodies


def create_check_run(*, repository: Repository, sender: Account, **columns: Any) -> CheckRun:
    """Add a check run to a commit and tell hooks; columns are those of `CheckRun`."""
    run = CheckRun(repository=repository, **columns)
    if run.suite_id is None:
        run.suite_id = _suite_id(run)
    run.save(force_insert=True)
    _emit(run, "created", sender)
    if run.status == "completed":
        _emit(run, "completed", sender)
    return run


def update_check_run(*, run: CheckRun, sender: Account, **columns: Any) -> CheckRun:
    """Change a check run and tell hooks when it has ended."""
    ended = run.status != "completed" and columns.get("status") == "completed"
    for name, value in columns.items():
        setattr(run, name, value)
    run.save()
    if ended:
        _emit(run, "completed", sender)
    return run


def create_status(*, repository: Repository, sender: Account, **columns: Any) -> CommitStatus:
    """Add a status to a commit and tell hooks."""
    made = CommitStatus.objects.create(repository=repository, creator=sender, **columns)
    body = shapes.status(made) | bodies.common(repository, sender)
    events.emit(repository, "status", body | {"sha": made.sha, "name": repository.full_name})
    return made


def latest_statuses(repository: Repository, sha: str) -> list[CommitStatus]:
    """Return the newest status of each context of a commit."""
    found = CommitStatus.objects.filter(repository=repository, sha=sha)
    newest = found.order_by("context", "-pk").distinct("context")
    return list(newest.select_related("creator", "repository__owner"))


def _suite_id(run: CheckRun) -> int:
    # GitHub gathers all runs of one app on one commit in a suite; only its number is seen here.
    text = f"{run.repository_id}:{run.app_slug}:{run.head_sha}".encode()
    return int(hashlib.sha256(text).hexdigest()[:13], 16)


def _emit(run: CheckRun, action: str, sender: Account) -> None:
    body = {
        "action": action,
        "check_run": shapes.check_run(run),
        **bodies.common(run.repository, sender),
    }
    events.emit(run.repository, "check_run", body)
