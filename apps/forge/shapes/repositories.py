"""Repositories as GitHub writes them."""

from typing import Any

from apps.forge.models import Repository
from apps.forge.models.repositories import ROLES
from apps.forge.shapes.accounts import user
from apps.forge.shapes.text import moment, moment_or_none, node_id

# The templates of addresses below a repository.
_ADDRESSES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def permissions(role: str | None) -> dict[str, bool]:
    """Return which roles a role includes."""
    rank = ROLES.index(role) if role else -1
    return {name: rank >= ROLES.index(name) for name in reversed(ROLES)}


def repository(repo: Repository, *, role: str | None = "pull") -> dict[str, Any]:
    """Return "repository", which "minimal-repository" is a part of."""
    return {
        "id": repo.pk,
        "node_id": node_id("Repository", repo.pk),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": user(repo.owner),
        "html_url": repo.html_url,
        "description": repo.description or None,
        "fork": False,
        "url": repo.api_url,
        **{name: repo.api_url + path for name, path in _ADDRESSES.items()},
        "created_at": moment(repo.created_at),
        "updated_at": moment(repo.updated_at),
        # GitHub gives an empty repository the moment it was made.
        "pushed_at": moment(repo.pushed_at or repo.created_at),
        "git_url": repo.clone_url.replace("http", "git", 1),
        "ssh_url": f"git@forge.invalid:{repo.full_name}.git",
        "clone_url": repo.clone_url,
        "svn_url": repo.html_url,
        "homepage": repo.homepage or None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": repo.has_issues,
        "has_projects": repo.has_projects,
        "has_downloads": True,
        "has_wiki": repo.has_wiki,
        "has_pages": False,
        "has_discussions": repo.has_discussions,
        "forks_count": 0,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": 0,
        "license": None,
        "allow_forking": True,
        "is_template": repo.is_template,
        "web_commit_signoff_required": False,
        "topics": repo.topics,
        "visibility": repo.visibility,
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
        "default_branch": repo.default_branch,
        "permissions": permissions(role),
    }


def full_repository(repo: Repository, *, role: str | None = "pull") -> dict[str, Any]:
    """Return "full-repository"; settings only for those who may change them, as on GitHub."""
    body = repository(repo, role=role) | {
        "temp_clone_token": "",
        "network_count": 0,
        "subscribers_count": 0,
    }
    if repo.owner.is_organization:
        body["organization"] = user(repo.owner)
    if role in {"push", "maintain", "admin"}:
        body |= {
            "allow_squash_merge": repo.allow_squash_merge,
            "allow_merge_commit": repo.allow_merge_commit,
            "allow_rebase_merge": repo.allow_rebase_merge,
            "allow_auto_merge": repo.allow_auto_merge,
            "allow_update_branch": repo.allow_update_branch,
            "delete_branch_on_merge": repo.delete_branch_on_merge,
            "use_squash_pr_title_as_default": False,
            "squash_merge_commit_message": "COMMIT_MESSAGES",
            "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
            "merge_commit_message": "PR_TITLE",
            "merge_commit_title": "MERGE_MESSAGE",
        }
    if role == "admin":
        body["security_and_analysis"] = _security(repo)
    return body


def hook_repository(repo: Repository) -> dict[str, Any]:
    """Return the repository as events carry it."""
    body = repository(repo)
    del body["permissions"]
    return body | {"pushed_at": moment_or_none(repo.pushed_at)}


def _security(repo: Repository) -> dict[str, Any]:
    names = (
        "secret_scanning",
        "secret_scanning_push_protection",
        "dependabot_security_updates",
        "secret_scanning_non_provider_patterns",
    )
    return {name: {"status": repo.security.get(name, "disabled")} for name in names}
