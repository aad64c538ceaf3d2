"""Pages about scorecards: all of them, one with its services and teams, one rule."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from apps.accounts.permissions import Permission, require
from apps.accounts.selectors import actor_for
from apps.core.http import PortalRequest, wants_fragment
from apps.scorecards import selectors
from apps.scorecards.domain.states import LADDER, Level
from apps.scorecards.models import CardLevel
from apps.scorecards.selectors import ActiveScorecard, Filters
from apps.scorecards.views.csv_export import csv_response, share

PAGE = 25
# A rule that more than this share of all services fails is a problem of the platform.
EVERYWHERE = 0.5
# Of fewer services nothing can be said in general.
FEW = 5
SERVICE_COLUMNS = (
    "entity", "owner", "tier", "scorecard", "level", "score", "coverage", "failing_rules",
    "since", "evaluated_at",
)  # fmt: skip
# The contract of every table of results; the last three are for exemptions and campaigns.
RESULT_COLUMNS = (
    "entity", "owner", "tier", "scorecard", "level", "score", "coverage", "rule", "state",
    "since", "evidence_url", "exempt_until", "campaign", "due",
)  # fmt: skip


@require_safe
def scorecard_list(request: PortalRequest) -> HttpResponse:
    """Every scorecard with how its services spread over the levels."""
    actor = actor_for(request.user)
    require(actor, Permission.SCORECARD_READ)
    context = {"navigation_key": "scorecards", "fleets": selectors.fleets(actor)}
    return render(request, "scorecards/list.html", context)


@require_safe
@vary_on_headers("HX-Request")
def scorecard_detail(request: PortalRequest, key: str) -> HttpResponse:
    """One scorecard: the numbers, rule by team, and the services, as a page or as CSV."""
    actor = actor_for(request.user)
    require(actor, Permission.SCORECARD_READ)
    scorecard = selectors.active_scorecard(key)
    filters = Filters(
        team=request.GET.get("team", "")[:320],
        level=request.GET.get("level", "")[:10],
        rule=request.GET.get("rule", "")[:40],
    )
    levels = selectors.card_levels(actor, scorecard, filters)
    if request.GET.get("format") == "csv":
        return _services_csv(scorecard, levels)
    page = Paginator(levels, PAGE).get_page(request.GET.get("page"))
    context = {
        "navigation_key": "scorecards",
        "scorecard": scorecard,
        "filters": filters,
        "page": page,
        "rows": selectors.service_rows(actor, list(page.object_list)),
        "level_keys": [level.key for level in (*LADDER[::-1], Level.NONE)],
    }
    if wants_fragment(request):
        return render(request, "scorecards/detail.html#services", context)
    heat = selectors.heat_map(actor, scorecard)
    context |= {
        "fleet": selectors.fleet(actor, scorecard, Filters(team=filters.team)),
        "heat": heat,
        "everywhere": _failing_everywhere(heat),
    }
    return render(request, "scorecards/detail.html", context)


@require_safe
def rule_detail(request: PortalRequest, key: str, rule_id: str) -> HttpResponse:
    """One rule: what it checks and why, how to fix it, and where each service stands."""
    actor = actor_for(request.user)
    require(actor, Permission.SCORECARD_READ)
    scorecard = selectors.active_scorecard(key)
    rule = scorecard.rule(rule_id)
    team = request.GET.get("team", "")[:320]
    counts, rows = selectors.rule_results(actor, scorecard, rule, team=team)
    if request.GET.get("format") == "csv":
        tiers = selectors.tiers_of(row.card.entity_ref for row in rows)
        return csv_response(
            f"{scorecard.key}-{rule.id}",
            RESULT_COLUMNS,
            (
                (
                    *_standing(row.card, tiers, scorecard), rule.id, row.state.value,
                    row.result.since.isoformat(),
                    next((e.url for e in row.evidence if e.url), ""), "", "", "",
                )
                for row in rows
            ),
        )  # fmt: skip
    context = {
        "navigation_key": "scorecards",
        "scorecard": scorecard,
        "rule": rule,
        "team": team,
        "counts": counts,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "scorecards/rule.html", context)


def _services_csv(scorecard: ActiveScorecard, levels: QuerySet[CardLevel]) -> HttpResponse:
    cards = list(levels)
    tiers = selectors.tiers_of(card.entity_ref for card in cards)
    failing = selectors.failing_of(card.entity_ref for card in cards)
    return csv_response(
        scorecard.key,
        SERVICE_COLUMNS,
        (
            (
                *_standing(card, tiers, scorecard), " ".join(failing.get(card.entity_ref, ())),
                card.since.isoformat(), card.evaluated_at.isoformat(),
            )
            for card in cards
        ),
    )  # fmt: skip


def _standing(
    card: CardLevel, tiers: dict[str, str], scorecard: ActiveScorecard
) -> tuple[str, ...]:
    return (
        card.entity_ref,
        card.owner_ref,
        tiers.get(card.entity_ref, ""),
        scorecard.key,
        Level(card.level).key,
        share(card.score),
        share(card.coverage),
    )


def _failing_everywhere(heat: list[selectors.HeatRow]) -> list[selectors.HeatCell]:
    """Return, for each rule that most services of all teams fail, the numbers of all teams."""
    found = []
    for cells in zip(*(row.cells for row in heat), strict=True):
        total = selectors.HeatCell(
            cells[0].rule,
            sum(cell.passing for cell in cells),
            sum(cell.failing for cell in cells),
            sum(cell.warning for cell in cells),
            sum(cell.unknown for cell in cells),
        )
        decided = total.passing + total.failing + total.warning
        if decided >= FEW and total.failing / decided > EVERYWHERE:
            found.append(total)
    return found
