"""Check runs and commit statuses."""

from typing import Any

from django.db.models import Max
from django.urls import path
from django.utils import timezone

from apps.forge.api.call import Call
from apps.forge.api.fields import Fields
from apps.forge.api.people import moment_sent
from apps.forge.api.routing import Answer, created, methods
from apps.forge.errors import Invalid, Missing, invalid_field
from apps.forge.models import CheckRun
from apps.forge.services import checks
from apps.forge.shapes import checks as shapes

STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = (
    "success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required",
    "stale",
)  # fmt: skip
STATES = ("error", "failure", "pending", "success")


def create_check_run(call: Call) -> Answer:
    call.need("push")
    fields = call.fields("CheckRun")
    sha = fields.text("head_sha", required=True)
    name = fields.text("name", required=True, longest=255)
    if call.git.commit(sha) is None:
        raise Invalid(f"No commit found for SHA: {sha[:100]}")
    columns = _columns(fields, None)
    columns.setdefault("status", "queued")
    if columns["status"] != "queued":
        columns.setdefault("started_at", timezone.now())
    run = checks.create_check_run(
        repository=call.repository, sender=call.caller, name=name, head_sha=sha, **columns
    )
    return created(shapes.check_run(run))


def get_check_run(call: Call, id: int) -> dict[str, Any]:
    return shapes.check_run(_run(call, id))


def update_check_run(call: Call, id: int) -> dict[str, Any]:
    call.need("push")
    run = _run(call, id)
    fields = call.fields("CheckRun")
    columns = _columns(fields, run)
    if fields.text("name"):
        columns["name"] = fields.text("name", longest=255)
    return shapes.check_run(checks.update_check_run(run=run, sender=call.caller, **columns))


def list_annotations(call: Call, id: int) -> list[dict[str, Any]]:
    return call.page(_run(call, id).annotations)


def list_for_ref(call: Call, ref: str) -> dict[str, Any]:
    found = CheckRun.objects.filter(repository=call.repository, head_sha=_sha(call, ref))
    for name, column in (("check_name", "name"), ("status", "status")):
        if call.query.get(name):
            found = found.filter(**{column: call.query[name]})
    if call.query.get("filter", "latest") == "latest":
        # The newest of each name within one suite; a run without a suite stands alone.
        newest = found.values("name", "suite_id", "app_slug").annotate(last=Max("pk"))
        found = found.filter(pk__in=[row["last"] for row in newest])
    runs = call.page(found.select_related("repository__owner").order_by("-pk"))
    return {"total_count": found.count(), "check_runs": [shapes.check_run(run) for run in runs]}


def create_status(call: Call, sha: str) -> Answer:
    call.need("push")
    fields = call.fields("Status")
    state = fields.choice("state", STATES, None)
    if state is None:
        raise invalid_field("Status", "state", "missing_field")
    if call.git.commit(sha) is None:
        raise Invalid(f"No commit found for SHA: {sha[:100]}")
    made = checks.create_status(
        repository=call.repository,
        sender=call.caller,
        sha=sha,
        state=state,
        context=fields.text("context", "default", longest=255),
        description=fields.text("description", longest=140),
        target_url=fields.text("target_url", longest=2000),
    )
    return created(shapes.status(made))


def get_combined_status(call: Call, ref: str) -> dict[str, Any]:
    sha = _sha(call, ref)
    latest = checks.latest_statuses(call.repository, sha)
    return shapes.combined_status(call.repository, sha, latest)


def list_statuses(call: Call, ref: str) -> list[dict[str, Any]]:
    found = call.repository.statuses.filter(sha=_sha(call, ref)).select_related(
        "creator", "repository__owner"
    )
    return [shapes.status(made) for made in call.page(found.order_by("-pk"))]


def _run(call: Call, id: int) -> CheckRun:
    found = CheckRun.objects.filter(repository=call.repository, pk=id)
    run = found.select_related("repository__owner").first()
    if run is None:
        raise Missing
    return run


def _sha(call: Call, ref: str) -> str:
    plain = ref.removeprefix("heads/").removeprefix("tags/")
    sha = call.git.resolve(plain)
    if sha is None:
        raise Invalid(f"No commit found for SHA: {ref[:100]}")
    return sha


def _columns(fields: Fields, run: CheckRun | None) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, longest in (("external_id", 255), ("details_url", 2000)):
        if name in fields:
            columns[name] = fields.text(name, longest=longest)
    for name in ("started_at", "completed_at"):
        if fields.text(name):
            columns[name] = moment_sent(fields.text(name))
    if fields.text("status"):
        columns["status"] = fields.choice("status", STATUSES)
    if fields.text("conclusion"):
        columns["conclusion"] = fields.choice("conclusion", CONCLUSIONS)
        columns["status"] = "completed"
    elif columns.get("status") == "completed" and not (run and run.conclusion):
        raise invalid_field("CheckRun", "conclusion", "missing_field")
    if columns.get("status") == "completed":
        columns.setdefault("completed_at", timezone.now())
    if (output := fields.object("output")) is not None:
        columns |= _output(output, run)
    return columns


def _output(output: Fields, run: CheckRun | None) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "output_title": output.text("title", longest=255),
        "output_summary": output.text("summary", longest=65_535),
        "output_text": output.text("text", longest=65_535),
    }
    annotations = [
        {
            "path": one.text("path", required=True),
            "start_line": one.number("start_line", required=True),
            "end_line": one.number("end_line", required=True),
            "start_column": one.number("start_column"),
            "end_column": one.number("end_column"),
            "annotation_level": one.choice(
                "annotation_level", ("notice", "warning", "failure"), "notice"
            ),
            "title": one.text("title", None),
            "message": one.text("message", required=True),
            "raw_details": one.text("raw_details", None),
            "blob_href": "",
        }
        for one in output.objects("annotations", most=50)
    ]
    # Each call adds to those sent before.
    columns["annotations"] = [*(run.annotations if run else []), *annotations]
    return columns


_repository = "repos/<owner>/<repo>"
urlpatterns = [
    path(f"{_repository}/check-runs", methods(POST=create_check_run)),
    path(f"{_repository}/check-runs/<int:id>", methods(GET=get_check_run, PATCH=update_check_run)),
    path(f"{_repository}/check-runs/<int:id>/annotations", methods(GET=list_annotations)),
    path(f"{_repository}/commits/<path:ref>/check-runs", methods(GET=list_for_ref)),
    path(f"{_repository}/commits/<path:ref>/status", methods(GET=get_combined_status)),
    path(f"{_repository}/commits/<path:ref>/statuses", methods(GET=list_statuses)),
    path(f"{_repository}/statuses/<sha>", methods(POST=create_status)),
]
