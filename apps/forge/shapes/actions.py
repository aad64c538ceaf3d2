"""Workflows, runs and jobs as GitHub writes them."""

from typing import Any

from apps.forge.git.objects import Commit
from apps.forge.models import ActionsVariable, PullRequest, Workflow, WorkflowJob, WorkflowRun
from apps.forge.shapes.accounts import user
from apps.forge.shapes.repositories import repository
from apps.forge.shapes.text import moment, moment_or_none, node_id


def workflow(found: Workflow) -> dict[str, Any]:
    """Return "workflow"."""
    repo = found.repository
    name = found.path.rpartition("/")[2]
    return {
        "id": found.pk,
        "node_id": node_id("Workflow", found.pk),
        "name": found.name,
        "path": found.path,
        "state": found.state,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "url": f"{repo.api_url}/actions/workflows/{found.pk}",
        "html_url": f"{repo.html_url}/blob/{repo.default_branch}/{found.path}",
        "badge_url": f"{repo.html_url}/workflows/{name}/badge.svg",
    }


def head_commit(commit: Commit) -> dict[str, Any]:
    """Return "simple-commit"."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": moment(commit.committer.at),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def run(found: WorkflowRun) -> dict[str, Any]:
    """Return "workflow-run"."""
    repo = found.repository
    minimal = repository(repo)
    api = found.api_url
    previous = f"{api}/attempts/{found.attempt - 1}" if found.attempt > 1 else None
    pull = found.pull_request
    return {
        "id": found.pk,
        "name": found.name,
        "node_id": node_id("WorkflowRun", found.pk),
        "head_branch": found.head_branch,
        "head_sha": found.head_sha,
        "path": found.workflow.path,
        "display_title": found.title,
        "run_number": found.number,
        "event": found.event,
        "status": found.status,
        "conclusion": found.conclusion or None,
        "workflow_id": found.workflow_id,
        "check_suite_id": found.suite_id,
        "check_suite_node_id": node_id("CheckSuite", found.suite_id),
        "url": api,
        "html_url": found.html_url,
        "pull_requests": [_pull_request(pull)] if pull else [],
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "actor": user(found.actor),
        "run_attempt": found.attempt,
        "referenced_workflows": [],
        "run_started_at": moment(found.started_at),
        "triggering_actor": user(found.triggering_actor),
        "jobs_url": f"{api}/jobs",
        "logs_url": f"{api}/logs",
        "check_suite_url": f"{repo.api_url}/check-suites/{found.suite_id}",
        "artifacts_url": f"{api}/artifacts",
        "cancel_url": f"{api}/cancel",
        "rerun_url": f"{api}/rerun",
        "previous_attempt_url": previous,
        "workflow_url": f"{repo.api_url}/actions/workflows/{found.workflow_id}",
        "head_commit": found.head_commit or None,
        "repository": minimal,
        "head_repository": minimal,
    }


def _pull_request(pull: PullRequest) -> dict[str, Any]:
    repo = pull.repository
    minimal = {"id": repo.pk, "url": repo.api_url, "name": repo.name}
    return {
        "id": pull.pk,
        "number": pull.number,
        "url": f"{repo.api_url}/pulls/{pull.number}",
        "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": minimal},
        "base": {"ref": pull.base_branch, "sha": pull.base_sha, "repo": minimal},
    }


def job(found: WorkflowJob) -> dict[str, Any]:
    """Return "job"."""
    parent = found.run
    repo = parent.repository
    begun = found.started_at or found.created_at
    return {
        "id": found.pk,
        "run_id": parent.pk,
        "workflow_name": parent.name,
        "head_branch": parent.head_branch,
        "run_url": parent.api_url,
        "run_attempt": found.attempt,
        "node_id": node_id("CheckRun", found.pk),
        "head_sha": parent.head_sha,
        "url": f"{repo.api_url}/actions/jobs/{found.pk}",
        "html_url": found.html_url,
        "status": found.status,
        "conclusion": found.conclusion or None,
        "created_at": moment(found.created_at),
        "started_at": moment(begun),
        "completed_at": moment_or_none(found.completed_at),
        "name": found.name,
        "steps": [_step(step) for step in found.steps],
        "check_run_url": f"{repo.api_url}/check-runs/{found.check_run_id or 0}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1 if found.epoch else None,
        "runner_name": "embedded" if found.epoch else None,
        "runner_group_id": 1 if found.epoch else None,
        "runner_group_name": "Default" if found.epoch else None,
    }


def _step(step: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": step["name"],
        "status": step["status"],
        "conclusion": step["conclusion"] or None,
        "number": step["number"],
        "started_at": step["started_at"] or None,
        "completed_at": step["completed_at"] or None,
    }


def secret(found: Any) -> dict[str, Any]:
    """Return "actions-secret": everything but the secret."""
    return {
        "name": found.name,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
    }


def variable(found: ActionsVariable) -> dict[str, Any]:
    """Return "actions-variable"."""
    return {
        "name": found.name,
        "value": found.value,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
    }
