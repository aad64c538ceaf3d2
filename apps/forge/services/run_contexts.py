"""What expressions of a run see: `github`, `vars`, `secrets`, `needs` and the others."""

import platform
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.core.secrets import SecretUnreadable, decrypt
from apps.forge.models import ActionsSecret, ActionsVariable, Repository, WorkflowRun
from apps.forge.workflows.expressions import Environment, Value

SECRET_CONTEXT = "forge-actions-secret"  # noqa: S105  # names what the ciphertext is bound to


def github_context(run: WorkflowRun, *, job: str = "", token: str = "") -> dict[str, Value]:
    """Return `github` of a run."""
    repository = run.repository
    pull = run.pull_request
    kind = "tag" if run.ref.startswith("refs/tags/") else "branch"
    return {
        "action": "",
        "actor": run.actor.login,
        "actor_id": str(run.actor_id),
        "api_url": f"{settings.EMBEDDED_FORGE_URL}/api/v3",
        "base_ref": pull.base_branch if pull else "",
        "event": run.payload,
        "event_name": run.event,
        "graphql_url": f"{settings.EMBEDDED_FORGE_URL}/api/graphql",
        "head_ref": pull.head_branch if pull else "",
        "job": job,
        "ref": run.ref,
        "ref_name": f"{pull.number}/merge" if pull else run.head_branch,
        "ref_protected": False,
        "ref_type": kind,
        "repository": repository.full_name,
        "repository_id": str(repository.pk),
        "repository_owner": repository.owner.login,
        "repository_owner_id": str(repository.owner_id),
        "repositoryUrl": repository.clone_url,
        "retention_days": "90",
        "run_id": str(run.pk),
        "run_number": str(run.number),
        "run_attempt": str(run.attempt),
        "server_url": settings.EMBEDDED_FORGE_URL,
        "sha": run.head_sha,
        "token": token,
        "triggering_actor": run.triggering_actor.login,
        "workflow": run.name,
        "workflow_ref": f"{repository.full_name}/{run.workflow.path}@{run.ref}",
        "workflow_sha": run.head_sha,
    }


def github_variables(run: WorkflowRun, *, job: str) -> dict[str, str]:
    """Return the GITHUB_* and RUNNER_* variables of a job's steps."""
    context = github_context(run, job=job)
    names = (
        *("actor", "actor_id", "api_url", "base_ref", "event_name", "graphql_url", "head_ref"),
        *("job", "ref", "ref_name", "ref_type", "repository", "repository_id", "repository_owner"),
        *("repository_owner_id", "retention_days", "run_id", "run_number", "run_attempt"),
        *("server_url", "sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha"),
    )
    variables = {f"GITHUB_{name.upper()}": str(context[name]) for name in names}
    machine = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}
    return variables | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REF_PROTECTED": "false",
        "RUNNER_NAME": "embedded",
        "RUNNER_OS": {"Darwin": "macOS"}.get(platform.system(), "Linux"),
        "RUNNER_ARCH": machine.get(platform.machine().lower(), "X64"),
        "RUNNER_ENVIRONMENT": "self-hosted",
    }


def variables_of(repository: Repository) -> dict[str, str]:
    """Return the variables of a repository; its own win over the organisation's."""
    found: dict[str, str] = {}
    for of in ({"organization": repository.owner}, {"repository": repository}):
        for variable in ActionsVariable.objects.filter(**of):
            found[variable.name.upper()] = variable.value
    return found


def secrets_of(repository: Repository) -> dict[str, str]:
    """Return the secrets of a repository in the clear; its own win over the organisation's."""
    found: dict[str, str] = {}
    for of in ({"organization": repository.owner}, {"repository": repository}):
        for secret in ActionsSecret.objects.filter(**of):
            try:
                found[secret.name.upper()] = decrypt(secret.value, context=SECRET_CONTEXT)
            except SecretUnreadable:
                # Stored under another key; on GitHub a secret that is not there is empty too.
                found[secret.name.upper()] = ""
    return found


def run_expressions(
    run: WorkflowRun, *, status: str = "success", **contexts: Mapping[str, Any]
) -> Environment:
    """Return what expressions outside of steps see."""
    return Environment(
        contexts={
            "github": github_context(run),
            "inputs": run.inputs,
            "vars": variables_of(run.repository),
            **contexts,
        },
        status=status,
    )
