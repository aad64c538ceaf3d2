"""Calls about Actions: workflows, runs, logs, secrets and variables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from github.PublicKey import encrypt

from apps.core import outbound
from apps.integrations import scm
from apps.integrations.github import errors
from apps.integrations.github.action_results import (
    ActionsPermissions,
    SecretKey,
    Workflow,
    WorkflowJob,
    WorkflowRun,
)
from apps.integrations.github.calls import Calls


class ActionCalls(Calls):
    """docs.github.com/rest/actions."""

    def list_workflows(self, full_name: str) -> list[Workflow]:
        """Return the workflows of a repository."""
        path = self._repo(full_name, "/actions/workflows")
        return self._pages(path, Workflow.read, key="workflows")

    def dispatch_workflow(
        self,
        full_name: str,
        workflow: str,
        *,
        ref: str,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Start a workflow (file name or number) by hand.

        Not repeatable, and GitHub gives no number back: pass the run's id as an input and look for
        it among the runs since.

        :raises ValidationFailed: if the workflow has no `workflow_dispatch`, or not these inputs
        """
        path = self._repo(full_name, f"/actions/workflows/{self._part(workflow)}/dispatches")
        body = {"ref": scm.check_ref(ref), "inputs": {k: str(v) for k, v in (inputs or {}).items()}}
        self._send("POST", path, body)

    def list_runs(
        self,
        full_name: str,
        *,
        branch: str = "",
        event: str = "",
        status: str = "",
        created_since: datetime | None = None,
        head_sha: str = "",
        limit: int = 30,
    ) -> list[WorkflowRun]:
        """Return runs, newest first; `status` also takes a conclusion."""
        return self._pages(
            self._repo(full_name, "/actions/runs"),
            WorkflowRun.read,
            key="workflow_runs",
            limit=limit,
            branch=branch,
            event=event,
            status=status,
            created=f">={created_since:%Y-%m-%dT%H:%M:%SZ}" if created_since else "",
            head_sha=head_sha,
        )

    def get_run(self, full_name: str, run_id: int) -> WorkflowRun:
        """Return a run."""
        return self._get(self._repo(full_name, f"/actions/runs/{int(run_id)}"), WorkflowRun.read)

    def list_jobs(self, full_name: str, run_id: int) -> list[WorkflowJob]:
        """Return the jobs of a run's latest attempt, with their steps."""
        path = self._repo(full_name, f"/actions/runs/{int(run_id)}/jobs")
        return self._pages(path, WorkflowJob.read, key="jobs")

    def rerun(self, full_name: str, run_id: int) -> None:
        """Run everything of a run again."""
        self._send("POST", self._repo(full_name, f"/actions/runs/{int(run_id)}/rerun"))

    def job_log(self, full_name: str, job_id: int) -> str:
        """
        Return the log of a job as text, at most 10 MB.

        GitHub keeps logs on another host; the token does not go there.
        """
        path = self._repo(full_name, f"/actions/jobs/{int(job_id)}/logs")
        answer = self._ask(path, accept="application/vnd.github+json", follow=False)
        location = answer.headers.get("location", "")
        if not (300 <= answer.status < 400 and location):
            self._check(answer, verb="GET", path=path)
            return answer.text
        try:
            elsewhere = outbound.session().get(urljoin(f"{self._transport.base_url}/", location))
        except outbound.OutboundRefused as error:
            raise errors.AddressRefused(error.message, hint=error.hint) from error
        except outbound.OutboundFailed as error:
            raise errors.Unavailable(error.message) from error
        if elsewhere.status != 200:
            raise errors.NotFound(f"The log of job {job_id} is not kept any more.")
        return elsewhere.text

    # --- secrets and variables ---

    def put_secret(self, full_name: str, name: str, value: str) -> None:
        """Set a secret; it is sealed for GitHub here and never stored by the portal."""
        path = self._repo(full_name, "/actions/secrets")
        key = self._get(f"{path}/public-key", SecretKey.read)
        body = {"encrypted_value": encrypt(key.key, value), "key_id": key.key_id}
        self._send("PUT", f"{path}/{self._part(name)}", body)

    def list_secret_names(self, full_name: str) -> list[str]:
        """Return the names of a repository's secrets; GitHub never tells their values."""
        path = self._repo(full_name, "/actions/secrets")
        return self._pages(path, lambda item: str(item["name"]), key="secrets")

    def put_variable(self, full_name: str, name: str, value: str) -> None:
        """Set a variable, whether there is one or not."""
        path = self._repo(full_name, "/actions/variables")
        body = {"name": name, "value": value}
        try:
            self._send("PATCH", f"{path}/{self._part(name)}", body)
        except errors.NotFound:
            self._send("POST", path, body)

    def list_variables(self, full_name: str) -> dict[str, str]:
        """Return the variables of a repository."""
        path = self._repo(full_name, "/actions/variables")
        pairs = self._pages(
            path, lambda item: (str(item["name"]), str(item["value"])), key="variables"
        )
        return dict(pairs)

    # --- what workflows may do ---

    def get_actions_permissions(self, full_name: str) -> ActionsPermissions:
        """Return what workflows of a repository may use, and what their token may do."""
        general = self._get(self._repo(full_name, "/actions/permissions"), dict)
        token: dict[str, Any] = {}
        try:
            token = self._get(self._repo(full_name, "/actions/permissions/workflow"), dict)
        except errors.NotFound:
            token = {}  # an older server
        return ActionsPermissions(
            enabled=bool(general.get("enabled")),
            allowed_actions=str(general.get("allowed_actions") or "all"),
            sha_pinning_required=bool(general.get("sha_pinning_required")),
            default_workflow_permissions=str(token.get("default_workflow_permissions") or "read"),
            can_approve_pull_requests=bool(token.get("can_approve_pull_request_reviews")),
        )
