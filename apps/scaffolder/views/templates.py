"""The golden paths on offer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from apps.accounts.selectors import actor_for
from apps.core.http import PortalRequest, wants_fragment
from apps.scaffolder import offers, run_views, selectors


@require_GET
@vary_on_headers("HX-Request")
def template_list(request: PortalRequest) -> HttpResponse:
    """Show the golden paths, and the person's latest runs beside them."""
    actor = actor_for(request.user)
    text = request.GET.get("q", "").strip()[:200]
    context = {"offers": offers.offers(actor, text=text), "text": text}
    if wants_fragment(request):
        return render(request, "scaffolder/template_list.html#results", context)
    context |= {
        "navigation_key": "create",
        "latest": run_views.lines_of(actor, list(selectors.list_runs(actor, mine=True)[:6])),
    }
    return render(request, "scaffolder/template_list.html", context)
