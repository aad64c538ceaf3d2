"""The settings of a repository that templates ask for; every call here can be repeated."""

from typing import Any

from apps.integrations.github import errors
from apps.integrations.github.action_results import Protection
from apps.integrations.github.client import GitHubClient
from apps.integrations.github.results import Repository
from apps.scaffolder.actions.base import ActionContext, ActionFailed

_CREATION_FLAGS = {
    "hasIssues": "has_issues",
    "hasProjects": "has_projects",
    "hasWiki": "has_wiki",
    "allowMergeCommit": "allow_merge_commit",
    "allowSquashMerge": "allow_squash_merge",
    "allowRebaseMerge": "allow_rebase_merge",
    "allowAutoMerge": "allow_auto_merge",
    "deleteBranchOnMerge": "delete_branch_on_merge",
    "squashMergeCommitTitle": "squash_merge_commit_title",
    "squashMergeCommitMessage": "squash_merge_commit_message",
}
_LONGEST_DESCRIPTION = 350
_PERMISSIONS = {"pull", "triage", "push", "maintain", "admin"}


def creation(given: dict[str, Any]) -> dict[str, Any]:
    """Return what goes into the creating call itself."""
    options: dict[str, Any] = {
        github: given[name] for name, github in _CREATION_FLAGS.items() if name in given
    }
    return options | {
        # GitHub refuses line breaks here.
        "description": " ".join(str(given.get("description") or "").split())[:_LONGEST_DESCRIPTION],
        "visibility": given.get("repoVisibility") or "private",
    }


def apply(
    context: ActionContext,
    client: GitHubClient,
    repository: Repository,
    branch: str,
    given: dict[str, Any],
) -> None:
    """Set everything else; `branch` is the default branch, or empty where nothing was pushed."""
    name = repository.full_name
    context.before_call()
    if branch and repository.default_branch != branch:
        client.update_repository(name, default_branch=branch)
    if given.get("topics"):
        client.replace_topics(name, [str(topic) for topic in given["topics"]])
    _people(context, client, repository, given)
    for key, value in (given.get("repoVariables") or {}).items():
        context.before_call()
        client.put_variable(name, str(key), str(value))
    for key, value in (given.get("secrets") or {}).items():
        context.before_call()
        client.put_secret(name, str(key), str(context.reveal(value)))
    if branch and given.get("protectDefaultBranch", True):
        _protect(context, client, name, branch, given)
    if given.get("homepage") and repository.homepage != given["homepage"]:
        # Last: until here the homepage is the marker by which the run finds its repository again.
        context.before_call()
        client.update_repository(name, homepage=str(given["homepage"]))


def _people(
    context: ActionContext, client: GitHubClient, repository: Repository, given: dict[str, Any]
) -> None:
    wanted: list[tuple[str, str, str]] = []
    if access := str(given.get("access") or ""):
        organization, slash, team = access.partition("/")
        wanted.append(("team", team, "admin") if slash else ("user", organization, "admin"))
    for entry in given.get("collaborators") or []:
        permission = _permission(entry)
        if team := entry.get("team"):
            wanted.append(("team", str(team).rpartition("/")[2], permission))
        elif user := entry.get("user") or entry.get("username"):
            wanted.append(("user", str(user), permission))
    for kind, who, permission in wanted:
        context.before_call()
        try:
            if kind == "team":
                client.add_team(repository.full_name, who, permission=permission)
            elif who.lower() != repository.owner.lower():
                client.add_collaborator(repository.full_name, who, permission=permission)
        except (errors.NotFound, errors.ValidationFailed) as error:
            context.log(f"{who} could not be given access: {error.message}", level="warning")


def _permission(entry: dict[str, Any]) -> str:
    asked = str(entry.get("access") or "push")
    plain = {"read": "pull", "write": "push"}.get(asked, asked)
    if plain not in _PERMISSIONS:
        raise ActionFailed(f"{asked} is no kind of access.", where="input.collaborators")
    return plain


def _protect(
    context: ActionContext,
    client: GitHubClient,
    name: str,
    branch: str,
    given: dict[str, Any],
) -> None:
    checks = tuple(str(check) for check in given.get("requiredStatusCheckContexts") or ())
    protection = Protection(
        required_approvals=int(given.get("requiredApprovingReviewCount", 1)),
        require_code_owner_reviews=bool(given.get("requireCodeOwnerReviews")),
        dismiss_stale_reviews=bool(given.get("dismissStaleReviews")),
        required_checks=checks,
        strict_checks=bool(given.get("requireBranchesToBeUpToDate", True)) and bool(checks),
        enforce_admins=bool(given.get("protectEnforceAdmins", True)),
        required_linear_history=bool(given.get("requiredLinearHistory")),
        required_conversation_resolution=bool(given.get("requiredConversationResolution")),
    )
    context.before_call()
    try:
        client.put_protection(name, branch, protection)
        context.log(f"Protected the branch {branch}")
    except (errors.PermissionMissing, errors.NotFound) as error:
        # GitHub's free plan protects branches of public repositories only.
        context.log(f"The branch could not be protected: {error.message}", level="warning")
