"""The teams, as a tree."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.catalog import selectors
from apps.catalog.entity_page import actor_of
from apps.catalog.selectors.teams import Team, team_tree
from apps.core.http import PortalRequest

FACES = 8
# Deeper teams are not moved further to the right.
DEEPEST = 5


@dataclass(frozen=True)
class TeamRow:
    """A line of the tree; `more` people have no face on it."""

    team: Team
    depth: int
    faces: tuple[str, ...]
    more: int


@require_GET
def team_list(request: PortalRequest) -> HttpResponse:
    """Show who belongs to which team and how much each team owns."""
    actor = actor_of(request)
    tree = team_tree(actor)
    rows = [row for team in tree for row in _rows(team, 0)]
    shown = {person for row in rows for person in row.faces}
    context = {
        "rows": rows,
        "titles": selectors.titles_of(actor, shown) if shown else {},
        "own": actor.group_refs,
        "navigation_key": "teams",
    }
    return render(request, "catalog/team_list.html", context)


def _rows(team: Team, depth: int) -> list[TeamRow]:
    people = team.people
    row = TeamRow(team, min(depth, DEEPEST), people[:FACES], max(0, len(people) - FACES))
    return [row, *(below for child in team.children for below in _rows(child, depth + 1))]
