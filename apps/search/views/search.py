"""The search page and the command palette."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core.http import PortalRequest, wants_fragment
from apps.search import finding


@require_GET
@vary_on_headers("HX-Request")
def search(request: PortalRequest) -> HttpResponse:
    """Show everything that matches, by source."""
    actor = actor_for(request.user)
    require(actor, Permission.CATALOG_READ)
    text = finding.clean(request.GET.get("q", ""))
    groups = finding.search(actor, text) if text else []
    template = "search/search.html#results" if wants_fragment(request) else "search/search.html"
    context = {"text": text, "groups": groups, "count": sum(len(g.hits) for g in groups)}
    return render(request, template, context)


@require_GET
def search_palette(request: PortalRequest) -> HttpResponse:
    """Fill the command palette."""
    actor = actor_for(request.user)
    require(actor, Permission.CATALOG_READ)
    text = finding.clean(request.GET.get("q", ""))
    groups = finding.palette(actor, text)
    return render(request, "search/_palette.html", {"text": text, "groups": groups})
