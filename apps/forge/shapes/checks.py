"""Check runs and commit statuses as GitHub writes them."""

from typing import Any

from apps.forge.models import CheckRun, CommitStatus, PullRequest, Repository
from apps.forge.shapes.accounts import user
from apps.forge.shapes.repositories import repository
from apps.forge.shapes.text import api, moment, moment_or_none, node_id, page

# The app that reports workflow jobs, as on github.com.
ACTIONS_SLUG = "github-actions"
_MADE = "2026-01-01T00:00:00Z"


def app(slug: str) -> dict[str, Any]:
    """Return "integration": the app that reports a check."""
    number = 15368 if slug == ACTIONS_SLUG else 1
    return {
        "id": number,
        "slug": slug,
        "node_id": node_id("Integration", number),
        "owner": _app_owner(slug),
        "name": "GitHub Actions" if slug == ACTIONS_SLUG else "Callboard",
        "description": "",
        "external_url": page("/"),
        "html_url": page(f"/apps/{slug}"),
        "created_at": _MADE,
        "updated_at": _MADE,
        "permissions": {"checks": "write", "contents": "read", "metadata": "read"},
        "events": [],
    }


def check_run(run: CheckRun) -> dict[str, Any]:
    """Return "check-run"."""
    repo = run.repository
    url = f"{repo.api_url}/check-runs/{run.pk}"
    html_url = f"{repo.html_url}/runs/{run.pk}"
    return {
        "id": run.pk,
        "node_id": node_id("CheckRun", run.pk),
        "head_sha": run.head_sha,
        "name": run.name,
        "external_id": run.external_id,
        "url": url,
        "html_url": html_url,
        "details_url": run.details_url or html_url,
        "status": run.status,
        "conclusion": run.conclusion or None,
        "started_at": moment_or_none(run.started_at),
        "completed_at": moment_or_none(run.completed_at),
        "output": {
            "title": run.output_title or None,
            "summary": run.output_summary or None,
            "text": run.output_text or None,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite_id, "head_sha": run.head_sha} if run.suite_id else None,
        "app": app(run.app_slug),
        "pull_requests": [_pull(repo, pull) for pull in _pulls(run)],
    }


def status(made: CommitStatus) -> dict[str, Any]:
    """Return "status"."""
    return _simple_status(made) | {"creator": user(made.creator)}


def combined_status(repo: Repository, sha: str, latest: list[CommitStatus]) -> dict[str, Any]:
    """Return "combined-commit-status"; `latest` has the newest of each context."""
    states = {made.state for made in latest}
    if states & {"failure", "error"}:
        state = "failure"
    else:
        state = "success" if states == {"success"} else "pending"
    return {
        "state": state,
        "statuses": [_simple_status(made) for made in latest],
        "sha": sha,
        "total_count": len(latest),
        "repository": _minimal(repo),
        "commit_url": f"{repo.api_url}/commits/{sha}",
        "url": f"{repo.api_url}/commits/{sha}/status",
    }


def _simple_status(made: CommitStatus) -> dict[str, Any]:
    repo = made.repository
    return {
        "url": f"{repo.api_url}/statuses/{made.sha}",
        "avatar_url": page(f"/{made.creator.login}.png"),
        "id": made.pk,
        "node_id": node_id("StatusContext", made.pk),
        "state": made.state,
        "description": made.description or None,
        "target_url": made.target_url or None,
        "context": made.context,
        "created_at": moment(made.created_at),
        "updated_at": moment(made.updated_at),
    }


def _pulls(run: CheckRun) -> list[PullRequest]:
    return list(
        PullRequest.objects.filter(
            repository=run.repository_id, head_sha=run.head_sha, state=PullRequest.State.OPEN
        )
    )


def _pull(repo: Repository, pull: PullRequest) -> dict[str, Any]:
    short = {"id": repo.pk, "url": repo.api_url, "name": repo.name}
    return {
        "id": pull.pk,
        "number": pull.number,
        "url": f"{repo.api_url}/pulls/{pull.number}",
        "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": short},
        "base": {"ref": pull.base_branch, "sha": pull.base_sha, "repo": short},
    }


def _minimal(repo: Repository) -> dict[str, Any]:
    from_full = repository(repo)
    del from_full["permissions"]
    return from_full


def _app_owner(slug: str) -> dict[str, Any]:
    login = "github" if slug == ACTIONS_SLUG else slug
    url = api(f"/users/{login}")
    below = ("followers", "orgs", "repos", "received_events", "subscriptions")
    return {
        "login": login,
        "id": 1,
        "node_id": node_id("User", 1),
        "avatar_url": page(f"/{login}.png"),
        "gravatar_id": "",
        "url": url,
        "html_url": page(f"/{login}"),
        **{f"{'organizations' if name == 'orgs' else name}_url": f"{url}/{name}" for name in below},
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": "Organization",
        "site_admin": False,
    }
