"""An entity's own standing: the tab of its page, and asking for a new look."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, can, require
from apps.accounts.selectors import actor_for
from apps.catalog import entity_page
from apps.catalog.domain.records import EntityDetail
from apps.core.http import PortalRequest, wants_fragment
from apps.scorecards import selectors, services


@require_safe
def entity_scorecards(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Every rule of every scorecard of an entity, with evidence and what to do."""
    actor = actor_for(request.user)
    entity = _readable(request, namespace, kind, name)
    context = entity_page.context(request, entity, "scorecards") | {
        "cards": selectors.entity_cards(entity.ref),
        "may_check": can(actor, Permission.SCORECARD_EVALUATE, entity_page.target_of(entity)),
    }
    return render(request, "scorecards/entity.html", context)


@require_POST
def entity_recheck(request: PortalRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Start reading and grading again; htmx gets a line that waits for the result."""
    entity = _readable(request, namespace, kind, name)
    target = entity_page.target_of(entity)
    require(actor_for(request.user), Permission.SCORECARD_EVALUATE, target)
    asked_at = timezone.now()
    services.request_evaluation(refs=[entity.ref], reason="asked by a person")
    if wants_fragment(request):
        return _waiting(request, entity, asked_at)
    messages.info(request, "Everything is being read again. Reload the page in a few seconds.")
    return redirect("scorecards:entity_scorecards", namespace, kind, name)


@require_safe
def entity_recheck_state(
    request: PortalRequest, namespace: str, kind: str, name: str
) -> HttpResponse:
    """Answer the waiting line: still waiting, or reload because the result is there."""
    entity = _readable(request, namespace, kind, name)
    asked_at = parse_datetime(request.GET.get("since", "")[:40]) or timezone.now()
    if selectors.is_checked_since(entity.ref, asked_at):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return _waiting(request, entity, asked_at)


def _waiting(request: PortalRequest, entity: EntityDetail, asked_at: datetime) -> HttpResponse:
    seconds = (timezone.now() - asked_at).total_seconds()
    context = {"entity": entity, "asked_at": asked_at.isoformat(), "is_slow": seconds > 30}
    return render(request, "scorecards/_waiting.html", context)


def _readable(request: PortalRequest, namespace: str, kind: str, name: str) -> EntityDetail:
    entity = entity_page.load(request, namespace, kind, name)
    target = entity_page.target_of(entity)
    require(actor_for(request.user), Permission.SCORECARD_READ, target)
    return entity
