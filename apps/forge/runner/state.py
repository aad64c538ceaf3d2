"""What the steps of a job share: environment, outputs, contexts, status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.forge.runner.assignment import Assignment
from apps.forge.runner.console import Console
from apps.forge.runner.workspace import Workspace
from apps.forge.workflows.expressions import Environment, Value


@dataclass
class JobState:
    """The job as its steps see it; each step changes it for the next."""

    assignment: Assignment
    workspace: Workspace
    console: Console
    base_environment: Mapping[str, str]
    path: list[str]
    status: str = "success"
    environment: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)

    def expressions(self, environment: Mapping[str, str] | None = None) -> Environment:
        """Return what expressions see now; `environment` is the step's `env` context."""
        workspace = self.workspace
        contexts: dict[str, Value] = {
            **self.assignment.contexts,
            "env": dict(self.environment if environment is None else environment),
            "steps": self.steps,
            "job": {"status": self.status},
            "runner": {
                "name": "embedded",
                "os": "Linux",
                "arch": "X64",
                "temp": str(workspace.temporary),
                "tool_cache": str(workspace.tools),
                "environment": "self-hosted",
            },
        }
        github = contexts.get("github")
        if isinstance(github, Mapping):
            contexts["github"] = {**github, "workspace": str(workspace.checkout)}
        return Environment(contexts=contexts, status=self.status, hash_files=workspace.hash_files)
