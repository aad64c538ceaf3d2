"""Calls about what guards a branch, and about the health of a repository."""

from typing import Any

from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.action_results import Alert, CodeownersError, Protection, Rule
from apps.integrations.github.calls import Calls


class ProtectionCalls(Calls):
    """docs.github.com/rest/branches/branch-protection, /rest/repos/rules."""

    def get_protection(self, full_name: str, branch: str) -> Protection | None:
        """Return the classic protection of a branch, or None where it has none."""
        try:
            return self._get(self._branch(full_name, branch, "/protection"), Protection.read)
        except errors.NotFound:
            return None

    def put_protection(self, full_name: str, branch: str, protection: Protection) -> Protection:
        """Protect a branch; repeatable."""
        reviews: dict[str, Any] | None = None
        if protection.required_approvals or protection.require_code_owner_reviews:
            reviews = {
                "required_approving_review_count": protection.required_approvals,
                "require_code_owner_reviews": protection.require_code_owner_reviews,
                "dismiss_stale_reviews": protection.dismiss_stale_reviews,
            }
        checks: dict[str, Any] | None = None
        if protection.required_checks or protection.strict_checks:
            checks = {
                "strict": protection.strict_checks,
                "contexts": list(protection.required_checks),
            }
        body = {
            "required_pull_request_reviews": reviews,
            "required_status_checks": checks,
            "enforce_admins": protection.enforce_admins,
            "restrictions": None,
            "allow_force_pushes": protection.allow_force_pushes,
            "allow_deletions": protection.allow_deletions,
            "required_linear_history": protection.required_linear_history,
            "required_conversation_resolution": protection.required_conversation_resolution,
        }
        path = self._branch(full_name, branch, "/protection")
        return self._change("PUT", path, Protection.read, body)

    def list_rules(self, full_name: str, branch: str) -> list[Rule]:
        """Return the rules of rulesets that are in force for a branch; [] on older servers."""
        part = self._part(scm.check_ref(branch), slashes=True)
        try:
            return self._pages(self._repo(full_name, f"/rules/branches/{part}"), Rule.read)
        except errors.NotFound:
            return []

    def required_approvals(self, full_name: str, branch: str) -> int:
        """Return how many approvals a change to a branch needs, by protection or by ruleset."""
        protection = self.get_protection(full_name, branch)
        rules = self.list_rules(full_name, branch)
        return max(
            protection.required_approvals if protection else 0,
            max((rule.required_approvals for rule in rules), default=0),
        )

    def codeowners_errors(self, full_name: str, *, ref: str = "") -> list[CodeownersError]:
        """Return what is wrong with CODEOWNERS; [] also where there is no such file."""

        def read(data: Any) -> list[CodeownersError]:
            return [CodeownersError.read(item) for item in data["errors"]]

        try:
            return self._get(self._repo(full_name, "/codeowners/errors"), read, ref=ref)
        except errors.NotFound:
            return []

    def list_open_alerts(self, full_name: str) -> list[Alert]:
        """
        Return the open Dependabot alerts.

        :raises PermissionMissing: if alerts are off, or the token may not read them
        """
        return self._pages(
            self._repo(full_name, "/dependabot/alerts"), Alert.read, limit=300, state="open"
        )

    def _branch(self, full_name: str, branch: str, rest: str) -> str:
        # A slash in a branch's name must not become one of the path here.
        return self._repo(full_name, f"/branches/{self._part(scm.check_ref(branch))}{rest}")
