"""What golden paths show on entity pages: how the runs of a template went."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.accounts.selectors import actor_for
from apps.catalog.domain.records import EntityDetail
from apps.scaffolder import offers, run_views, selectors

SHOWN = 6


def template_card(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """Return the card of a Template entity, or None for any other kind."""
    if entity.kind.lower() != "template":
        return None
    actor = actor_for(request.user)  # type: ignore[arg-type]  # actor_for takes strangers too
    statistics = offers.statistics_of([entity.ref]).get(entity.ref, offers.NO_RUNS)
    runs = list(selectors.list_runs(actor, template_ref=entity.ref)[:SHOWN])
    context = {
        "offer": offers.offer_of(actor, entity, statistics),
        "lines": run_views.lines_of(actor, runs),
    }
    return render_to_string("scaffolder/_template_card.html", context, request=request)
