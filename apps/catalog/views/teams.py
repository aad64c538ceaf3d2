"""The teams, as a tree."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import selectors
from apps.catalog.entity_page import actor_of
from apps.catalog.selectors.teams import Team, team_tree
from apps.core.http import PortalRequest

FACES = 8


@require_GET
def team_list(request: PortalRequest) -> HttpResponse:
    """Show who belongs to which team and how much each team owns."""
    actor = actor_of(request)
    tree = team_tree(actor)
    rows = [row for team in tree for row in _rows(team, 0)]
    shown = {person for row in rows for person in row["faces"]}
    context = {
        "rows": rows,
        "titles": selectors.titles_of(shown) if shown else {},
        "own": actor.group_refs,
        "navigation_key": "teams",
    }
    return render(request, "catalog/team_list.html", context)


def _rows(team: Team, depth: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "team": team,
        "depth": min(depth, 5),
        "faces": team.people[:FACES],
        "more": max(0, len(team.people) - FACES),
    }
    return [row, *(below for child in team.children for below in _rows(child, depth + 1))]
