"""What a protected branch forbids, and to whom."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from apps.forge.errors import Invalid, Refused
from apps.forge.git.objects import ZERO
from apps.forge.models import Account, BranchProtection, CheckRun, CommitStatus, Repository
from apps.forge.services import access

PASSING = ("success", "neutral", "skipped")


@dataclass(frozen=True)
class Rules:
    """What one account may not do to one branch by pushing."""

    delete: bool = False
    force: bool = False
    changes: bool = False
    restricted: bool = False
    checks: bool = False

    def words(self) -> list[str]:
        """Return the words that the update hook of git understands."""
        return [name for name, forbidden in vars(self).items() if forbidden]


def protection_of(repository: Repository, branch: str) -> BranchProtection | None:
    """Return the protection of a branch; one named exactly comes before a pattern."""
    return matching(list(BranchProtection.objects.filter(repository=repository)), branch)


def matching(every: list[BranchProtection], branch: str) -> BranchProtection | None:
    """Return which of a repository's protections is that of a branch."""
    exact = (known for known in every if known.branch == branch)
    pattern = (known for known in every if fnmatchcase(branch, known.branch))
    return next(exact, None) or next(pattern, None)


def rules_for(*, repository: Repository, branch: str, after: str, by: Account) -> Rules:
    """Return what `by` may not do when moving a branch to the commit `after`."""
    known = protection_of(repository, branch)
    if known is None:
        return Rules()
    switches = known.switches
    rules = Rules(
        delete=not switches.get("allow_deletions", False),
        force=not switches.get("allow_force_pushes", False),
    )
    if access.role_on(repository, by) == "admin" and not known.enforce_admins:
        return rules
    return Rules(
        delete=rules.delete,
        force=rules.force,
        changes=known.required_reviews is not None,
        restricted=known.restrictions is not None and not _listed(known.restrictions, by),
        checks=bool(missing_checks(known, after)),
    )


def missing_checks(known: BranchProtection, sha: str) -> list[str]:
    """Return the required checks that have not passed on a commit."""
    required = (known.required_status_checks or {}).get("contexts", [])
    if not required or sha == ZERO:
        return []
    passed = {
        run.name
        for run in CheckRun.objects.filter(repository=known.repository_id, head_sha=sha)
        if run.conclusion in PASSING
    }
    passed |= {
        status.context
        for status in CommitStatus.objects.filter(repository=known.repository_id, sha=sha)
        if status.state == "success"
    }
    return [name for name in required if name not in passed]


def check_update(
    *, repository: Repository, ref: str, after: str, forced: bool, by: Account
) -> None:
    """
    Refuse a change of a ref that its protection forbids.

    :raises apps.forge.errors.Invalid: or Refused, in GitHub's words
    """
    branch = ref.removeprefix("refs/heads/")
    if branch == ref:
        return
    rules = rules_for(repository=repository, branch=branch, after=after, by=by)
    if after == ZERO and rules.delete:
        raise Invalid("Cannot delete this branch")
    if forced and rules.force:
        raise Invalid("Cannot force-push to this branch")
    if rules.changes:
        raise Invalid("Changes must be made through a pull request.")
    if rules.restricted:
        raise Refused("You're not authorized to push to this branch.")
    if rules.checks:
        raise Invalid("Required status checks are expected.")


def _listed(restrictions: dict[str, list[str]], account: Account) -> bool:
    if account.login in restrictions.get("users", []):
        return True
    teams = restrictions.get("teams", [])
    return account.team_memberships.filter(team__slug__in=teams).exists()
