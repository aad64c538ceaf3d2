"""Checking CODEOWNERS: who is named must exist and be able to write."""

import re
from typing import Any

from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, Repository, Team, TeamRepository
from apps.forge.services import access

# The first that exists counts.
_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_MAX_LINES = 5000


def errors(repository: Repository, git: GitRepository, commit: str) -> list[dict[str, Any]] | None:
    """Return what is wrong in the CODEOWNERS file of a commit, or None if it has none."""
    for place in _PLACES:
        content = git.file(commit, place)
        if content is not None:
            lines = content.decode(errors="replace").splitlines()[:_MAX_LINES]
            return [
                error
                for number, line in enumerate(lines, start=1)
                for error in _line_errors(repository, place, number, line)
            ]
    return None


def _line_errors(
    repository: Repository, place: str, number: int, line: str
) -> list[dict[str, Any]]:
    text = re.sub(r"(^|\s)#.*", "", line)
    words = [(match.start() + 1, match[0]) for match in re.finditer(r"(?:\\ |\S)+", text)]
    if not words:
        return []
    column, pattern = words[0]
    if pattern.startswith("!") or "[" in pattern:
        kind = "Invalid pattern"
        return [_error(place, number, line, column, kind, "Use a pattern without ! and [ ].")]
    found = []
    for at, owner in words[1:]:
        problem = _owner_problem(repository, owner)
        if problem:
            found.append(_error(place, number, line, at, *problem))
    return found


def _owner_problem(repository: Repository, owner: str) -> tuple[str, str] | None:
    if not owner.startswith("@"):
        if re.fullmatch(r"[^@\s]+@[^@\s]+", owner):
            known = Account.objects.filter(email__iexact=owner).first()
            return None if known else ("Unknown owner", f"no user has the address {owner}")
        return "Invalid owner", "owners are @user, @organization/team or an e-mail address"
    name = owner[1:]
    if "/" in name:
        organization, _, slug = name.partition("/")
        team = Team.objects.filter(organization__login__iexact=organization, slug=slug.lower())
        writes = TeamRepository.objects.filter(
            team__in=team, repository=repository, role__in=("push", "maintain", "admin")
        )
        if not writes.exists():
            return (
                "Unknown owner",
                f"make sure the team {owner} exists, is publicly visible, "
                "and has write access to the repository",
            )
        return None
    account = Account.objects.filter(login__iexact=name, type=Account.Type.USER).first()
    if account is None or not access.includes(access.role_on(repository, account), "push"):
        return (
            "Unknown owner",
            f"make sure {owner} exists and has write access to the repository",
        )
    return None


def _error(
    place: str, line: int, source: str, column: int, kind: str, suggestion: str
) -> dict[str, Any]:
    pointer = " " * (column - 1) + "^"
    return {
        "line": line,
        "column": column,
        "source": f"{source}\n",
        "kind": kind,
        "suggestion": suggestion,
        "message": f"{kind} on line {line}: {suggestion}\n\n  {source}\n  {pointer}",
        "path": place,
    }
