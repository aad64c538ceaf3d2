"""Branch protection as GitHub writes it."""

from typing import Any
from urllib.parse import quote

from apps.forge.models import Account, BranchProtection, Repository, Team
from apps.forge.shapes.accounts import team, user

# Each is written as {"enabled": bool}.
SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


def address(repo: Repository, branch: str) -> str:
    """Return the address of a branch's protection."""
    return f"{repo.api_url}/branches/{quote(branch)}/protection"


def summary(known: BranchProtection | None) -> dict[str, Any]:
    """Return what a branch tells of its protection."""
    checks = known.required_status_checks if known else None
    if known is None or checks is None:
        level = "off"
    else:
        level = "everyone" if known.enforce_admins else "non_admins"
    contexts = (checks or {}).get("contexts", [])
    return {
        "enabled": known is not None,
        "required_status_checks": {
            "enforcement_level": level,
            "contexts": contexts,
            "checks": _checks(contexts),
        },
    }


def protection(known: BranchProtection) -> dict[str, Any]:
    """Return "branch-protection"."""
    url = address(known.repository, known.branch)
    body: dict[str, Any] = {
        "url": url,
        "enforce_admins": enforce_admins(known),
        "required_signatures": {
            "url": f"{url}/required_signatures",
            "enabled": known.required_signatures,
        },
        **{name: {"enabled": known.switches.get(name, False)} for name in SWITCHES},
    }
    if known.required_status_checks is not None:
        body["required_status_checks"] = status_checks(known)
    if known.required_reviews is not None:
        body["required_pull_request_reviews"] = reviews(known)
    if known.restrictions is not None:
        body["restrictions"] = restrictions(known)
    return body


def enforce_admins(known: BranchProtection) -> dict[str, Any]:
    """Return "protected-branch-admin-enforced"."""
    url = address(known.repository, known.branch)
    return {"url": f"{url}/enforce_admins", "enabled": known.enforce_admins}


def status_checks(known: BranchProtection) -> dict[str, Any]:
    """Return "status-check-policy"."""
    url = f"{address(known.repository, known.branch)}/required_status_checks"
    checks = known.required_status_checks or {}
    contexts = checks.get("contexts", [])
    return {
        "url": url,
        "strict": checks.get("strict", False),
        "contexts": contexts,
        "contexts_url": f"{url}/contexts",
        "checks": _checks(contexts),
    }


def reviews(known: BranchProtection) -> dict[str, Any]:
    """Return "protected-branch-pull-request-review"."""
    url = f"{address(known.repository, known.branch)}/required_pull_request_reviews"
    required = known.required_reviews or {}
    return {
        "url": url,
        "dismiss_stale_reviews": required.get("dismiss_stale_reviews", False),
        "require_code_owner_reviews": required.get("require_code_owner_reviews", False),
        "require_last_push_approval": required.get("require_last_push_approval", False),
        "required_approving_review_count": required.get("required_approving_review_count", 1),
    }


def restrictions(known: BranchProtection) -> dict[str, Any]:
    """Return "branch-restriction-policy"."""
    url = f"{address(known.repository, known.branch)}/restrictions"
    listed = known.restrictions or {}
    users = Account.objects.filter(login__in=listed.get("users", []))
    teams = Team.objects.filter(
        organization=known.repository.owner_id, slug__in=listed.get("teams", [])
    ).select_related("organization", "parent")
    return {
        "url": url,
        "users_url": f"{url}/users",
        "teams_url": f"{url}/teams",
        "apps_url": f"{url}/apps",
        "users": [user(account) for account in users],
        "teams": [team(one) for one in teams],
        "apps": [],
    }


def _checks(contexts: list[str]) -> list[dict[str, Any]]:
    return [{"context": name, "app_id": None} for name in contexts]
