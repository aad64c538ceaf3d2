"""What GitHub answers about Actions, protection and security; only the fields we read."""

from dataclasses import dataclass
from datetime import datetime

from apps.integrations.github.results import Json, moment


@dataclass(frozen=True)
class Workflow:
    """A workflow file that GitHub knows."""

    id: int
    name: str
    path: str
    state: str = "active"

    @classmethod
    def read(cls, data: Json) -> "Workflow":
        return cls(
            id=int(data["id"]),
            name=str(data["name"]),
            path=str(data["path"]),
            state=str(data.get("state") or "active"),
        )


@dataclass(frozen=True)
class WorkflowRun:
    """A run of a workflow; `conclusion` is empty until `status` is completed."""

    id: int
    run_attempt: int
    workflow: str
    number: int
    branch: str
    sha: str
    event: str
    status: str
    conclusion: str
    title: str
    html_url: str
    path: str = ""
    started_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @classmethod
    def read(cls, data: Json) -> "WorkflowRun":
        return cls(
            id=int(data["id"]),
            run_attempt=int(data.get("run_attempt") or 1),
            workflow=str(data.get("name") or ""),
            number=int(data.get("run_number") or 0),
            branch=str(data.get("head_branch") or ""),
            sha=str(data.get("head_sha") or ""),
            event=str(data.get("event") or ""),
            status=str(data.get("status") or "queued"),
            conclusion=str(data.get("conclusion") or ""),
            title=str(data.get("display_title") or data.get("name") or ""),
            html_url=str(data.get("html_url") or ""),
            path=str(data.get("path") or ""),
            started_at=moment(data.get("run_started_at") or data.get("created_at")),
            created_at=moment(data.get("created_at")),
            updated_at=moment(data.get("updated_at")),
        )

    @property
    def is_over(self) -> bool:
        """Tell whether the run has its conclusion."""
        return self.status == "completed"


@dataclass(frozen=True)
class WorkflowStep:
    """A step of a job."""

    number: int
    name: str
    status: str
    conclusion: str = ""


@dataclass(frozen=True)
class WorkflowJob:
    """A job of a run, with its steps."""

    id: int
    run_id: int
    name: str
    status: str
    conclusion: str = ""
    html_url: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: tuple[WorkflowStep, ...] = ()

    @classmethod
    def read(cls, data: Json) -> "WorkflowJob":
        steps = tuple(
            WorkflowStep(
                number=int(step["number"]),
                name=str(step["name"]),
                status=str(step["status"]),
                conclusion=str(step.get("conclusion") or ""),
            )
            for step in data.get("steps") or ()
        )
        return cls(
            id=int(data["id"]),
            run_id=int(data["run_id"]),
            name=str(data["name"]),
            status=str(data["status"]),
            conclusion=str(data.get("conclusion") or ""),
            html_url=str(data.get("html_url") or ""),
            started_at=moment(data.get("started_at")),
            completed_at=moment(data.get("completed_at")),
            steps=steps,
        )


@dataclass(frozen=True)
class Protection:
    """Classic protection of a branch, as far as the portal reads and writes it."""

    required_approvals: int = 0
    require_code_owner_reviews: bool = False
    dismiss_stale_reviews: bool = False
    required_checks: tuple[str, ...] = ()
    strict_checks: bool = False
    enforce_admins: bool = False
    allow_force_pushes: bool = False
    allow_deletions: bool = False
    required_linear_history: bool = False
    required_signatures: bool = False
    required_conversation_resolution: bool = False

    @classmethod
    def read(cls, data: Json) -> "Protection":
        reviews = data.get("required_pull_request_reviews") or {}
        checks = data.get("required_status_checks") or {}

        def enabled(key: str) -> bool:
            return bool((data.get(key) or {}).get("enabled"))

        return cls(
            required_approvals=int(reviews.get("required_approving_review_count") or 0),
            require_code_owner_reviews=bool(reviews.get("require_code_owner_reviews")),
            dismiss_stale_reviews=bool(reviews.get("dismiss_stale_reviews")),
            required_checks=tuple(checks.get("contexts") or ()),
            strict_checks=bool(checks.get("strict")),
            enforce_admins=enabled("enforce_admins"),
            allow_force_pushes=enabled("allow_force_pushes"),
            allow_deletions=enabled("allow_deletions"),
            required_linear_history=enabled("required_linear_history"),
            required_signatures=enabled("required_signatures"),
            required_conversation_resolution=enabled("required_conversation_resolution"),
        )


@dataclass(frozen=True)
class Rule:
    """A rule of a ruleset that is in force for a branch."""

    type: str
    required_approvals: int = 0
    required_checks: tuple[str, ...] = ()
    require_code_owner_reviews: bool = False

    @classmethod
    def read(cls, data: Json) -> "Rule":
        parameters = data.get("parameters") or {}
        checks = parameters.get("required_status_checks") or ()
        return cls(
            type=str(data["type"]),
            required_approvals=int(parameters.get("required_approving_review_count") or 0),
            required_checks=tuple(str(check["context"]) for check in checks),
            require_code_owner_reviews=bool(parameters.get("require_code_owner_review")),
        )


@dataclass(frozen=True)
class CodeownersError:
    """A line of CODEOWNERS that GitHub ignores, and why."""

    line: int
    path: str
    kind: str
    message: str

    @classmethod
    def read(cls, data: Json) -> "CodeownersError":
        return cls(
            line=int(data["line"]),
            path=str(data["path"]),
            kind=str(data["kind"]),
            message=str(data["message"]),
        )


@dataclass(frozen=True)
class ActionsPermissions:
    """What workflows of a repository may use; "read" or "write" for their default token."""

    enabled: bool
    allowed_actions: str = "all"
    sha_pinning_required: bool = False
    default_workflow_permissions: str = "read"
    can_approve_pull_requests: bool = False


@dataclass(frozen=True)
class SecretKey:
    """The public key with which secrets of a repository are sealed."""

    key_id: str
    key: str

    @classmethod
    def read(cls, data: Json) -> "SecretKey":
        return cls(key_id=str(data["key_id"]), key=str(data["key"]))


@dataclass(frozen=True)
class Alert:
    """An open Dependabot alert; `severity` is low, medium, high or critical."""

    number: int
    severity: str
    package: str
    created_at: datetime | None = None

    @classmethod
    def read(cls, data: Json) -> "Alert":
        vulnerability = data.get("security_vulnerability") or {}
        return cls(
            number=int(data["number"]),
            severity=str(vulnerability.get("severity") or "low"),
            package=str((vulnerability.get("package") or {}).get("name") or ""),
            created_at=moment(data.get("created_at")),
        )
