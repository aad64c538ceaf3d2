"""Facts from the forge's API: what guards the branch, who may do what, how the pipeline fares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.integrations.github import errors
from apps.integrations.github.action_results import WorkflowRun
from apps.integrations.github.client import GitHubClient, client_for
from apps.scorecards.domain.states import EvidenceClass
from apps.scorecards.extensions import FactSpec, Observation, Repository, Subject
from apps.scorecards.facts.repository import NO_REPOSITORY, reason_of, without_data

TTL = timedelta(days=2)
WINDOW = timedelta(days=30)
ACTIVE = timedelta(days=90)
RUNS = 20
_OBSERVED = EvidenceClass.OBSERVED
_CONCLUSIVE = frozenset({"success", "failure", "timed_out", "startup_failure"})


def _spec(key: str, description: str, **fields: str) -> FactSpec:
    return FactSpec(key, description, fields, _OBSERVED, TTL)


SPECS = (
    _spec("branch", "protection of the default branch, classic and by ruleset", name="text",
          supported="bool", protected="bool", pull_request="bool", approvals="int",
          checks="list of text", force_pushes="bool", deletions="bool", missing="list of text",
          settings_url="text"),
    _spec("codeowners_errors", "what the forge ignores in CODEOWNERS",
          errors="list of {path, line, kind, message}"),
    _spec("actions", "what workflows may do by setting", default_workflow_permissions="text",
          can_approve_pull_requests="bool", sha_pinning_required="bool"),
    _spec("pipeline", "the last 20 conclusive runs on the default branch", branch="text",
          completed="int", share="number from 0 to 1", succeeded_recently="bool",
          newest="{number, conclusion, title, url}",
          failures="list of {number, conclusion, title, url}"),
    _spec("authors", "who committed to the default branch in 90 days", logins="list of text"),
)  # fmt: skip
KEYS = tuple(spec.key for spec in SPECS)
SCOPES = {
    "branch": "administration:read",
    "codeowners_errors": "contents:read",
    "actions": "administration:read",
    "pipeline": "actions:read",
    "authors": "contents:read",
}


@dataclass(frozen=True)
class ForgeCollector:
    """Asks the forge's API about each repository once; each missing scope is told by name."""

    client: Callable[..., GitHubClient] = client_for
    key: str = "forge"
    order: int = 30
    scope: str = "repository"
    facts: Sequence[FactSpec] = SPECS

    def collect(self, subjects: Sequence[Subject], *, now: datetime) -> Iterator[Observation]:
        """Give the five facts of each subject."""
        by_name: dict[str, tuple[Repository, list[Subject]]] = {}
        for subject in subjects:
            if subject.repository is None:
                yield from without_data(subject, KEYS, NO_REPOSITORY)
            else:
                name = subject.repository.full_name
                by_name.setdefault(name, (subject.repository, []))[1].append(subject)
        for repository, members in by_name.values():
            yield from self._repository(repository, members, now)

    def _repository(
        self, repository: Repository, subjects: Sequence[Subject], now: datetime
    ) -> Iterator[Observation]:
        name = repository.full_name
        try:
            client = self.client(name.partition("/")[0])
            branch = repository.branch or client.get_repository(name).default_branch
        except errors.GitHubError as error:
            for subject in subjects:
                yield from without_data(subject, KEYS, reason_of(error, "metadata:read"))
            return
        readers: dict[str, Callable[[], Mapping[str, Any]]] = {
            "branch": lambda: read_branch(client, repository, branch),
            "codeowners_errors": lambda: read_codeowners_errors(client, repository, branch),
            "actions": lambda: read_actions(client, name),
            "pipeline": lambda: read_pipeline(client, name, branch, now),
            "authors": lambda: {"logins": sorted(client.authors_since(name, now - ACTIVE))[:500]},
        }
        for key, read in readers.items():
            value, reason = _attempt(read, SCOPES[key])
            for subject in subjects:
                yield Observation(subject.ref, key, value, f"{name}: {key}", reason=reason)


def _attempt(
    read: Callable[[], Mapping[str, Any]], scope: str
) -> tuple[Mapping[str, Any] | None, str]:
    try:
        return read(), ""
    except errors.GitHubError as error:
        return None, reason_of(error, scope)[:500]


def read_branch(client: GitHubClient, repository: Repository, branch: str) -> dict[str, Any]:
    """
    Return what guards the branch: classic protection and rulesets together.

    A plan without the feature is `supported: false` (GitHub answers 403 "Upgrade …").

    :raises apps.integrations.github.errors.GitHubError: if neither may be read
    """
    rules = client.list_rules(repository.full_name, branch)
    by_type = {rule.type for rule in rules}
    supported = True
    protection = None
    try:
        protection = client.get_protection(repository.full_name, branch)
    except errors.PermissionMissing as error:
        if "upgrade" in error.message.lower():
            supported = False
        elif not {"pull_request", "deletion", "non_fast_forward"} <= by_type:
            raise
    approvals = max((rule.required_approvals for rule in rules), default=0)
    checks = {check for rule in rules for check in rule.required_checks}
    reviews = "pull_request" in by_type
    force_pushes, deletions = "non_fast_forward" not in by_type, "deletion" not in by_type
    if protection is not None:
        approvals = max(approvals, protection.required_approvals)
        checks |= set(protection.required_checks)
        reviews |= protection.required_approvals > 0 or protection.require_code_owner_reviews
        force_pushes &= protection.allow_force_pushes
        deletions &= protection.allow_deletions
    value = {
        "name": branch,
        "supported": supported or bool(rules),
        "protected": protection is not None or bool(rules),
        "pull_request": reviews,
        "approvals": approvals,
        "checks": sorted(checks),
        "force_pushes": force_pushes,
        "deletions": deletions,
        "settings_url": f"{repository.web_url}/settings/branches",
    }
    return {**value, "missing": _missing(value)}


def _missing(branch: Mapping[str, Any]) -> list[str]:
    wanted = [
        ("force pushes are allowed", branch["force_pushes"]),
        ("the branch may be deleted", branch["deletions"]),
        ("no pull request is required", not branch["pull_request"]),
        ("no approval is required", branch["pull_request"] and branch["approvals"] < 1),
        ("no status check is required", not branch["checks"]),
    ]
    return [text for text, is_missing in wanted if is_missing]


def read_codeowners_errors(
    client: GitHubClient, repository: Repository, branch: str
) -> dict[str, Any]:
    """Return the lines of CODEOWNERS that the forge ignores."""
    found = client.codeowners_errors(repository.full_name, ref=branch)
    return {
        "errors": [
            {"path": e.path, "line": e.line, "kind": e.kind, "message": e.message[:300]}
            for e in found[:50]
        ]
    }


def read_actions(client: GitHubClient, full_name: str) -> dict[str, Any]:
    """Return the settings of Actions that rules read."""
    settings = client.get_actions_permissions(full_name)
    return {
        "default_workflow_permissions": settings.default_workflow_permissions,
        "can_approve_pull_requests": settings.can_approve_pull_requests,
        "sha_pinning_required": settings.sha_pinning_required,
    }


def read_pipeline(
    client: GitHubClient, full_name: str, branch: str, now: datetime
) -> dict[str, Any]:
    """
    Return how the last conclusive runs on the branch ended, newest first.

    Cancelled and skipped runs are neither; scheduled ones would hide a red push. A quiet repository
    is judged by its last results.
    """
    runs = client.list_runs(full_name, branch=branch, status="completed", limit=60)
    conclusive = [run for run in runs if run.conclusion in _CONCLUSIVE and run.event != "schedule"][
        :RUNS
    ]
    recent = [run for run in conclusive if run.created_at and run.created_at >= now - WINDOW]
    judged = recent or conclusive
    passed = [run for run in judged if run.conclusion == "success"]
    return {
        "branch": branch,
        "completed": len(judged),
        "share": len(passed) / len(judged) if judged else 0.0,
        "succeeded_recently": bool(passed),
        "newest": _run(judged[0]) if judged else _NO_RUN,
        "failures": [_run(run) for run in judged if run.conclusion != "success"][:5],
    }


_NO_RUN: dict[str, Any] = {"number": 0, "conclusion": "", "title": "", "url": ""}


def _run(run: WorkflowRun) -> dict[str, Any]:
    return {
        "number": run.number,
        "conclusion": run.conclusion,
        "title": run.title[:120],
        "url": run.html_url,
    }
