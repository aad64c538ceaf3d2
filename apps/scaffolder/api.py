"""Backstage's scaffolder API below /api/scaffolder (backstage-spec.md 3.4)."""

import json
import time
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema
from ninja.responses import Status

from apps.accounts.api_auth import ApiAuthentication, actor_of
from apps.accounts.permissions import Permission, require
from apps.core.errors import InvalidInput
from apps.scaffolder import golden_paths, selectors, services
from apps.scaffolder.actions import registry
from apps.scaffolder.domain.spec import parameter_schema
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.models import Run, RunEvent

router = Router(tags=["scaffolder"], auth=ApiAuthentication())

# A waiting client holds a thread of the server; both are far below Backstage's.
LONG_POLL_SECONDS = 10.0
STREAM_SECONDS = 30.0
_LOOK_SECONDS = 0.5
_MOST = 500

_STATUS = {
    RunState.QUEUED: "open",
    RunState.RUNNING: "processing",
    RunState.WAITING: "processing",
    RunState.SUCCEEDED: "completed",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "cancelled",
}
_ORDER = {"created_at": "created_at", "status": "state", "created_by": "requested_by__entity_ref"}


class TaskIn(Schema):
    """What starts a run."""

    templateRef: str  # noqa: N815 - Backstage's name
    values: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class TaskQuery(Schema):
    """Which runs, in which order."""

    createdBy: list[str] = []  # noqa: N815 - Backstage's name
    status: list[str] = []
    order: list[str] = []
    limit: int = 50
    offset: int = 0


class RetryIn(Schema):
    """What a resumed run needs again."""

    secrets: dict[str, str] = {}


@router.get("/v2/templates/{namespace}/{kind}/{name}/parameter-schema")
def template_parameter_schema(
    request: HttpRequest, namespace: str, kind: str, name: str
) -> dict[str, Any]:
    """Return the form of a template."""
    actor = actor_of(request)
    require(actor, Permission.CATALOG_READ)
    path = golden_paths.golden_path(actor, f"{kind}:{namespace}/{name}")
    return parameter_schema(path.spec)


@router.get("/v2/actions")
def action_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every action with its schema and examples, by id."""
    require(actor_of(request), Permission.CATALOG_READ)
    return [
        {
            "id": action.key,
            "description": action.description,
            "examples": [
                {"description": example.description, "example": json.dumps(example.input, indent=2)}
                for example in action.examples
            ],
            "schema": {"input": action.input_schema, "output": action.output_schema},
        }
        for action in sorted(registry, key=lambda action: action.key)
    ]


@router.post("/v2/tasks", response={201: dict[str, str]})
def task_create(request: HttpRequest, task: TaskIn) -> Status[dict[str, str]]:
    """Start a run; the header Idempotency-Key makes a repeated request return the same one."""
    run = services.create_run(
        actor=actor_of(request),
        template_ref=task.templateRef,
        values=task.values,
        secrets=task.secrets,
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )
    return Status(201, {"id": str(run.pk)})


@router.get("/v2/tasks")
def task_list(
    request: HttpRequest,
    asked: Query[TaskQuery],
) -> dict[str, Any]:
    """Return runs, newest first."""
    limit, offset = asked.limit, asked.offset
    if not 0 <= offset <= 1_000_000 or not 0 <= limit <= _MOST:
        raise InvalidInput(f"`limit` is at most {_MOST}, and `offset` not negative.")
    actor = actor_of(request)
    wanted = [state.value for state, name in _STATUS.items() if name in asked.status]
    if asked.status and not wanted:
        return {"tasks": [], "totalTasks": 0}
    runs = selectors.list_runs(actor, run_states=wanted)
    if asked.createdBy:
        people = [ref.lower() for ref in asked.createdBy]
        runs = runs.filter(requested_by__entity_ref__in=people)
    runs = _ordered(runs, asked.order)
    return {
        "tasks": [
            _task(run, detail=False) | {"spec": _short_spec(run)}
            for run in runs[offset : offset + limit]
        ],
        "totalTasks": runs.count(),
    }


@router.get("/v2/tasks/{task_id}")
def task_detail(request: HttpRequest, task_id: str) -> dict[str, Any]:
    """Return one run; inputs and output for those who may read them."""
    actor = actor_of(request)
    run = selectors.run_for(actor, task_id)
    return _task(run, detail=selectors.may_read_detail(actor, run))


@router.post("/v2/tasks/{task_id}/cancel")
def task_cancel(request: HttpRequest, task_id: str) -> dict[str, str]:
    """Ask a run to stop."""
    actor = actor_of(request)
    services.cancel_run(actor=actor, run=selectors.run_for(actor, task_id))
    return {"status": "cancelled"}


@router.post("/v2/tasks/{task_id}/retry", response={201: dict[str, str]})
def task_retry(
    request: HttpRequest, task_id: str, again: RetryIn | None = None
) -> Status[dict[str, str]]:
    """Resume a failed or cancelled run from the step that is not done; it keeps its id."""
    actor = actor_of(request)
    run = services.resume_run(
        actor=actor,
        run=selectors.run_for(actor, task_id),
        secrets=again.secrets if again else {},
    )
    return Status(201, {"id": str(run.pk)})


@router.get("/v2/tasks/{task_id}/events")
def task_events(request: HttpRequest, task_id: str, after: int = 0) -> list[dict[str, Any]]:
    """Return the events after a number; waits ten seconds at most for the first of them."""
    run = _readable(request, task_id)
    until = time.monotonic() + LONG_POLL_SECONDS
    while True:
        events = selectors.events_after(run, max(0, after))
        if events or _is_over(run) or time.monotonic() > until:
            return [_event(run, event) for event in events]
        time.sleep(_LOOK_SECONDS)


@router.get("/v2/tasks/{task_id}/eventstream")
def task_event_stream(request: HttpRequest, task_id: str, after: int = 0) -> HttpResponse:
    """Stream the events after a number for thirty seconds at most; clients come back for more."""
    run = _readable(request, task_id)
    response = StreamingHttpResponse(_stream(run, max(0, after)), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response  # type: ignore[return-value]  # ninja passes any response on


def _stream(run: Run, after: int) -> Iterator[str]:
    until = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < until:
        events = selectors.events_after(run, after)
        for event in events:
            after = event.seq
            data = json.dumps(_event(run, event))
            yield f"event: {event.type}\nid: {event.seq}\ndata: {data}\n\n"
        if not events:
            if _is_over(run):
                return
            yield ": waiting\n\n"
            time.sleep(_LOOK_SECONDS)


def _readable(request: HttpRequest, task_id: str) -> Run:
    actor = actor_of(request)
    run = selectors.run_for(actor, task_id)
    require(actor, Permission.RUN_READ_DETAIL, run.target)
    return run


def _is_over(run: Run) -> bool:
    run.refresh_from_db(fields=["state", "output", "error_text", "error_code"])
    return run.is_terminal


def _ordered(runs: "QuerySet[Run]", order: list[str]) -> "QuerySet[Run]":
    columns = []
    for text in order[:3]:
        direction, _, name = text.partition(":")
        if direction not in {"asc", "desc"} or name not in _ORDER:
            raise InvalidInput(f"{text[:60]!r} is no order.", hint="Use desc:created_at, say.")
        columns.append(f"{'-' if direction == 'desc' else ''}{_ORDER[name]}")
    return runs.order_by(*columns) if columns else runs


def _task(run: Run, *, detail: bool) -> dict[str, Any]:
    person = run.requested_by
    return {
        "id": str(run.pk),
        "status": _STATUS[RunState(run.state)],
        "createdAt": run.created_at.isoformat(),
        "lastHeartbeatAt": run.lease_until.isoformat() if run.lease_until else None,
        "createdBy": person.entity_ref or f"user:default/{person.username}",
        **({"spec": _full_spec(run), "output": run.output} if detail else {}),
    }


def _short_spec(run: Run) -> dict[str, Any]:
    return {"templateInfo": {"entityRef": run.template_ref}}


def _full_spec(run: Run) -> dict[str, Any]:
    spec = run.template.get("spec") or {}
    return {
        "apiVersion": run.template.get("apiVersion"),
        "steps": spec.get("steps") or [],
        "parameters": run.params,
        "output": spec.get("output") or {},
        "user": {"ref": run.requested_by.entity_ref, "entity": run.user_entity},
        "templateInfo": {
            "entityRef": run.template_ref,
            "baseUrl": run.template_url,
            "entity": {"metadata": run.template.get("metadata") or {}},
        },
    }


def _event(run: Run, event: RunEvent) -> dict[str, Any]:
    body: dict[str, Any] = {"message": event.text}
    if event.step_key:
        body["stepId"] = event.step_key
    if event.status:
        body["status"] = event.status
    if event.type == "completion":
        if event.status == "completed":
            body["output"] = run.output
        else:
            body["error"] = {"name": run.error_code or "Error", "message": run.error_text}
    return {
        "id": event.seq,
        "taskId": str(run.pk),
        "type": event.type,
        "body": body,
        "createdAt": event.at.isoformat(),
    }
