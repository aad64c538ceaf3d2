"""Workflows of a repository: list, get, enable, disable, dispatch."""

from typing import Any

from django.db.models import Q
from django.urls import path

from apps.forge.api.call import Call
from apps.forge.api.routing import Answer, methods
from apps.forge.errors import Missing, Refused
from apps.forge.models import Workflow
from apps.forge.services import run_control
from apps.forge.services.workflow_files import FOLDER, note_workflows_of_default_branch
from apps.forge.shapes import actions as shapes


def list_workflows(call: Call) -> dict[str, Any]:
    # A push may be younger than the worker that notes its files.
    note_workflows_of_default_branch(call.repository)
    found = (
        Workflow.objects.filter(repository=call.repository)
        .exclude(state="deleted")
        .select_related("repository__owner")
    )
    return {
        "total_count": found.count(),
        "workflows": [shapes.workflow(one) for one in call.page(found.order_by("pk"))],
    }


def get_workflow(call: Call, workflow: str) -> dict[str, Any]:
    return shapes.workflow(workflow_named(call, workflow))


def enable_workflow(call: Call, workflow: str) -> None:
    _set_state(call, workflow, "active")


def disable_workflow(call: Call, workflow: str) -> None:
    _set_state(call, workflow, "disabled_manually")


def dispatch_workflow(call: Call, workflow: str) -> Answer | None:
    call.need("push")
    fields = call.fields("WorkflowDispatch")
    ref = fields.text("ref", required=True, longest=300)
    inputs = fields.object("inputs")
    found = workflow_named(call, workflow)
    if found.state != "active":
        raise Refused("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    run = run_control.dispatch(
        repository=call.repository,
        path=found.path,
        ref=ref,
        inputs=inputs.data if inputs else {},
        actor=call.caller,
    )
    if not fields.flag("return_run_details"):
        return None
    return Answer({"workflow_run_id": run.pk, "run_url": run.api_url, "html_url": run.html_url})


def workflow_named(call: Call, workflow: str) -> Workflow:
    """
    Return a workflow by its number or the name of its file.

    :raises apps.forge.errors.Missing: if there is none
    """
    if workflow.isascii() and workflow.isdigit() and len(workflow) < 18:
        which = Q(pk=int(workflow))
    else:
        which = Q(path=f"{FOLDER}/{workflow}") | Q(path=workflow)
    known = Workflow.objects.filter(which, repository=call.repository)
    found = known.select_related("repository__owner").first()
    if found is None:
        note_workflows_of_default_branch(call.repository)
        found = known.select_related("repository__owner").first()
    if found is None:
        raise Missing
    return found


def _set_state(call: Call, workflow: str, state: str) -> None:
    call.need("push")
    found = workflow_named(call, workflow)
    found.state = state
    found.save()


_actions = "repos/<owner>/<repo>/actions/workflows"
urlpatterns = [
    path(_actions, methods(GET=list_workflows)),
    path(f"{_actions}/<path:workflow>/dispatches", methods(POST=dispatch_workflow)),
    path(f"{_actions}/<path:workflow>/enable", methods(PUT=enable_workflow)),
    path(f"{_actions}/<path:workflow>/disable", methods(PUT=disable_workflow)),
]
# After the runs of a workflow, whose addresses it would swallow.
last_urlpatterns = [path(f"{_actions}/<path:workflow>", methods(GET=get_workflow))]
