"""Runs: the list, the page of one, its log, and what can be done to it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core.errors import Conflict, InvalidInput
from apps.core.http import PortalRequest, wants_fragment
from apps.scaffolder import run_views, selectors, services
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.models import Run

PAGE_SIZE = 25
LINES_AT_ONCE = 400


@require_GET
@vary_on_headers("HX-Request")
def run_list(request: PortalRequest) -> HttpResponse:
    """List runs: one's own and one's teams', or all."""
    actor = actor_for(request.user)
    whose = "all" if request.GET.get("whose") == "all" else "mine"
    state = request.GET.get("state", "")
    states = [state] if state in set(RunState) else []
    runs = selectors.list_runs(
        actor,
        mine=whose == "mine",
        run_states=states,
        template_ref=request.GET.get("template", "")[:320],
    )
    page = Paginator(runs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": run_views.lines_of(actor, list(page.object_list)),
        "whose": whose,
        "state": states[0] if states else "",
        "states": [(each.value, each.value.capitalize()) for each in RunState],
        "template_ref": request.GET.get("template", "")[:320],
        "navigation_key": "create",
    }
    template = "scaffolder/run_list.html" + ("#results" if wants_fragment(request) else "")
    return render(request, template, context)


@require_GET
def run_page(request: PortalRequest, run_id: str) -> HttpResponse:
    """Show a run: steps, log, what it made."""
    actor = actor_for(request.user)
    run = selectors.run_for(actor, run_id)
    context = _context(request, run)
    context["navigation_key"] = "create"
    if context["view"].may_read:
        newest = selectors.events_before(run, run.last_seq + 1, limit=LINES_AT_ONCE)
        context |= {
            "lines": run_views.log_lines(run, newest),
            "cursor": newest[-1].seq if newest else 0,
            "earlier": bool(newest) and newest[0].seq > 1,
        }
    return render(request, "scaffolder/run_page.html", context)


@require_GET
def run_progress(request: PortalRequest, run_id: str) -> HttpResponse:
    """Answer the log after a line, with the parts of the page that have changed; htmx only."""
    actor = actor_for(request.user)
    run = selectors.run_for(actor, run_id)
    context = _context(request, run)
    if context["view"].may_read:
        after = request.GET.get("after", "0")
        cursor = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
        events = selectors.events_after(run, cursor, limit=LINES_AT_ONCE)
        context |= {
            "lines": run_views.log_lines(run, events),
            "cursor": events[-1].seq if events else cursor,
        }
    return render(request, "scaffolder/_run_progress.html", context)


@require_GET
def run_log(request: PortalRequest, run_id: str) -> HttpResponse:
    """Send the whole log as text."""
    actor = actor_for(request.user)
    run = selectors.run_for(actor, run_id)
    require(actor, Permission.RUN_READ_DETAIL, run.target)
    parts: list[str] = []
    cursor = 0
    while events := selectors.events_after(run, cursor):
        parts += [f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ} {event.text}" for event in events]
        cursor = events[-1].seq
    response = HttpResponse("\n".join(parts) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.log"'
    return response


@require_POST
def run_cancel(request: PortalRequest, run_id: str) -> HttpResponse:
    """Ask a run to stop."""
    actor = actor_for(request.user)
    run = selectors.run_for(actor, run_id)
    try:
        services.cancel_run(actor=actor, run=run)
    except Conflict as error:
        messages.warning(request, str(error))
    return HttpResponseRedirect(_address(run))


@require_POST
def run_resume(request: PortalRequest, run_id: str) -> HttpResponse:
    """Go on from the step that is not done; secrets are typed again."""
    actor = actor_for(request.user)
    run = selectors.run_for(actor, run_id)
    secrets = {
        name: request.POST[f"secret.{name}"]
        for name in run.secret_names
        if request.POST.get(f"secret.{name}")
    }
    try:
        services.resume_run(actor=actor, run=run, secrets=secrets)
    except (Conflict, InvalidInput) as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(_address(run))


def _context(request: PortalRequest, run: Run) -> dict[str, Any]:
    actor = actor_for(request.user)
    return {"view": run_views.view_of(actor, run), "run": run, "lines": [], "cursor": 0}


def _address(run: Run) -> str:
    return reverse("scaffolder:run_page", args=[run.pk])
