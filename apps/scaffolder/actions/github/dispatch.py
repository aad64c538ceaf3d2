"""github:actions:dispatch."""

from datetime import timedelta
from typing import Any

from apps.integrations.github import errors
from apps.integrations.github.action_results import WorkflowRun
from apps.integrations.github.client import GitHubClient
from apps.integrations.scm import check_ref
from apps.scaffolder.actions.base import (
    FLAG,
    TEXT,
    Action,
    ActionContext,
    Effect,
    Example,
    Result,
    schema,
)
from apps.scaffolder.actions.github.repositories import client_of, look, repository_of

# The forge's clock and the database's may differ a little.
_SKEW = timedelta(seconds=5)


def dispatch(context: ActionContext, given: dict[str, Any]) -> Result:
    """Start a workflow by hand, once: GitHub gives no number back, so runs since are looked at."""
    ref = repository_of(given)
    client = client_of(context, ref, given)
    branch = check_ref(given["branchOrTagName"], where="input.branchOrTagName")
    workflow = str(given["workflowId"])
    known = (
        _started(context, client, ref.full_name, branch, workflow) if context.is_repeat else None
    )
    if known is None:
        context.before_call()
        try:
            client.dispatch_workflow(
                ref.full_name, workflow, ref=branch, inputs=given.get("workflowInputs") or {}
            )
        except errors.UnknownOutcome:
            known = look(
                context, lambda: _started(context, client, ref.full_name, branch, workflow)
            )
            if known is None:
                raise
        context.log(f"Started the workflow {workflow} on {branch}")
    if known is None and given.get("returnWorkflowRunDetails"):
        known = look(context, lambda: _started(context, client, ref.full_name, branch, workflow))
    if known is None:
        return Result(external_id=f"github:dispatch:{context.marker}")
    return Result(
        output={
            "workflowRunId": known.id,
            "workflowRunUrl": known.html_url,
            "workflowRunHtmlUrl": known.html_url,
        },
        external_id=f"github:workflow-run:{known.id}",
        external_url=known.html_url,
    )


def _started(
    context: ActionContext, client: GitHubClient, full_name: str, branch: str, workflow: str
) -> WorkflowRun | None:
    runs = client.list_runs(
        full_name,
        branch=branch,
        event="workflow_dispatch",
        created_since=context.intent_at - _SKEW,
    )
    for run in reversed(runs):
        known = {run.path.rpartition("/")[2], run.path, run.workflow}
        if workflow in known or workflow.isdigit():
            return run
    return None


ACTIONS = (
    Action(
        key="github:actions:dispatch",
        description="Starts a workflow of a repository that has `workflow_dispatch`.",
        run=dispatch,
        effect=Effect.OUTSIDE,
        input_schema=schema(
            ("repoUrl", "workflowId", "branchOrTagName"),
            repoUrl=TEXT,
            workflowId={"type": ["string", "number"], "title": "File name or number"},
            branchOrTagName=TEXT,
            workflowInputs={"type": "object"},
            returnWorkflowRunDetails=FLAG,
            token=TEXT,
        ),
        output_schema=schema(
            workflowRunId={"type": "number"}, workflowRunUrl=TEXT, workflowRunHtmlUrl=TEXT
        ),
        examples=(
            Example(
                "Deploy",
                {
                    "repoUrl": "github.com?owner=acme&repo=shop",
                    "workflowId": "deploy.yml",
                    "branchOrTagName": "main",
                },
            ),
        ),
        secrets=("token",),
        permission="start workflows",
        order=44,
    ),
)
