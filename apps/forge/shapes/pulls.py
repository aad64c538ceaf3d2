"""Pull requests and reviews as GitHub writes them."""

from typing import Any

from apps.forge.models import Account, PullRequest, Repository, Review
from apps.forge.shapes.accounts import team, user, user_or_none
from apps.forge.shapes.repositories import repository
from apps.forge.shapes.text import moment, moment_or_none, node_id


def pull_request(pull: PullRequest) -> dict[str, Any]:
    """Return "pull-request-simple"."""
    repo = pull.repository
    url = f"{repo.api_url}/pulls/{pull.number}"
    issue = f"{repo.api_url}/issues/{pull.number}"
    statuses = f"{repo.api_url}/statuses/{pull.head_sha}"
    addresses = {
        "url": url,
        "html_url": pull.html_url,
        "diff_url": f"{pull.html_url}.diff",
        "patch_url": f"{pull.html_url}.patch",
        "issue_url": issue,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{repo.api_url}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
    }
    links = {
        "self": url,
        "html": pull.html_url,
        "issue": issue,
        "comments": addresses["comments_url"],
        "review_comments": addresses["review_comments_url"],
        "review_comment": addresses["review_comment_url"],
        "commits": addresses["commits_url"],
        "statuses": statuses,
    }
    return {
        **addresses,
        "id": pull.pk,
        "node_id": node_id("PullRequest", pull.pk),
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": user(pull.author),
        "body": pull.body or None,
        "labels": [],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": moment(pull.created_at),
        "updated_at": moment(pull.updated_at),
        "closed_at": moment_or_none(pull.closed_at),
        "merged_at": moment_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha or None,
        "assignee": None,
        "assignees": [],
        **requested_reviewers(pull),
        "head": _side(repo, pull.head_branch, pull.head_sha),
        "base": _side(repo, pull.base_branch, pull.base_sha),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": _association(repo, pull.author),
        "auto_merge": None,
        "draft": pull.draft,
    }


def full_pull_request(
    pull: PullRequest,
    *,
    mergeable: bool | None,
    mergeable_state: str,
    commits: int,
    additions: int,
    deletions: int,
    changed_files: int,
) -> dict[str, Any]:
    """Return "pull-request"."""
    return pull_request(pull) | {
        "merged": pull.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": mergeable_state,
        "merged_by": user_or_none(pull.merged_by),
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": commits,
        "additions": additions,
        "deletions": deletions,
        "changed_files": changed_files,
    }


def requested_reviewers(pull: PullRequest) -> dict[str, Any]:
    """Return who is asked to review, as a pull request carries it."""
    return {
        "requested_reviewers": [user(one) for one in pull.requested_users.order_by("login")],
        "requested_teams": [
            team(one)
            for one in pull.requested_teams.select_related(
                "organization", "parent__organization"
            ).order_by("slug")
        ],
    }


def review(said: Review) -> dict[str, Any]:
    """Return "pull-request-review"."""
    pull = said.pull_request
    html_url = f"{pull.html_url}#pullrequestreview-{said.pk}"
    pull_url = f"{pull.repository.api_url}/pulls/{pull.number}"
    return {
        "id": said.pk,
        "node_id": node_id("PullRequestReview", said.pk),
        "user": user(said.author),
        "body": said.body,
        "state": said.state,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html_url}, "pull_request": {"href": pull_url}},
        "submitted_at": moment(said.submitted_at),
        "commit_id": said.commit_sha,
        "author_association": _association(pull.repository, said.author),
    }


def _side(repo: Repository, branch: str, sha: str) -> dict[str, Any]:
    return {
        "label": f"{repo.owner.login}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(repo.owner),
        "repo": repository(repo),
    }


def _association(repo: Repository, account: Account) -> str:
    if repo.owner_id == account.pk:
        return "OWNER"
    return "MEMBER" if repo.owner.is_organization else "CONTRIBUTOR"
