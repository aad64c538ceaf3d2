"""The home page: what the signed-in person owns, what fails there, what has just run."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from apps.accounts.permissions import Actor
from apps.catalog import cards, entity_page
from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail, EntitySummary
from apps.catalog.extensions import EntityColumn, entity_columns
from apps.catalog.selectors.repositories import repositories_of
from apps.core.http import PortalRequest
from apps.integrations import selectors as integrations
from apps.scaffolder import selectors as scaffolder

OWNED_KINDS = ("Component", "API", "Resource")
OWNED_SHOWN = 25
# Of more things than this, only the first are looked at for red pipelines.
CHECKED = 500
RUNS_SHOWN = 6
PATHS_SHOWN = 5
RUN_DOTS = {
    "succeeded": "ok",
    "failed": "bad",
    "cancelled": "idle",
    "waiting": "warn",
    "queued": "idle",
    "running": "run",
}


@dataclass(frozen=True)
class OwnedRow:
    """One thing of the list, with the cells of the registered columns."""

    entity: EntitySummary
    owner: str
    cells: tuple[SafeString | str, ...]


@dataclass(frozen=True)
class Failing:
    """A pipeline that is red: of which thing, which run, since when."""

    entity: EntitySummary
    title: str
    url: str
    word: str
    at: datetime


@dataclass(frozen=True)
class RecentRun:
    """A run of a golden path."""

    title: str
    url: str
    state: str
    dot: str
    at: datetime


@require_GET
def home(request: PortalRequest) -> HttpResponse:
    """Show what the signed-in person owns and should look at first."""
    actor = entity_page.actor_of(request)
    owned = catalog.owned_by(actor, actor.owner_refs, kinds=OWNED_KINDS)
    failing = failing_pipelines(owned[:CHECKED])
    red = {row.entity.ref for row in failing}
    # What fails comes first, then what has errors in its file, then the rest by name.
    owned.sort(key=lambda thing: (thing.ref not in red, not thing.error_count))
    columns, rows = _rows(actor, owned[:OWNED_SHOWN])
    context = {
        "columns": columns,
        "rows": rows,
        "owned_count": len(owned),
        "failing": failing,
        "broken": [thing for thing in owned if thing.error_count],
        "teams": sorted(actor.group_refs),
        "runs": _recent_runs(actor),
        "golden_paths": _golden_paths(actor),
        "navigation_key": "home",
    }
    return render(request, "home.html", context)


def failing_pipelines(things: list[EntitySummary]) -> list[Failing]:
    """Return the newest runs of these things that are red, the latest first; two queries."""
    repositories = repositories_of(thing.ref for thing in things)
    newest = integrations.latest_pipeline_by_repository(repositories.values())
    found = []
    for thing in things:
        run = newest.get(repositories.get(thing.ref, ""))
        if run is not None and cards.run_state(run) == "bad":
            title = f"{run.workflow} {run.number}"
            title = f"{title} · “{run.title[:70]}”" if run.title else title
            found.append(Failing(thing, title, run.html_url, cards.run_word(run), run.updated_at))
    return sorted(found, key=lambda row: row.at, reverse=True)


def _rows(actor: Actor, things: list[EntitySummary]) -> tuple[list[EntityColumn], list[OwnedRow]]:
    if not things:
        return [], []
    refs = [thing.ref for thing in things]
    columns = list(entity_columns)
    values = [column.values(refs) for column in columns]
    titles = catalog.titles_of(actor, (thing.owner_ref for thing in things))
    return columns, [
        OwnedRow(
            thing,
            titles.get(thing.owner_ref, ""),
            tuple(cells.get(thing.ref, "") for cells in values),
        )
        for thing in things
    ]


def _recent_runs(actor: Actor) -> list[RecentRun]:
    runs = scaffolder.list_runs(actor, mine=True)[:RUNS_SHOWN]
    return [
        RecentRun(
            title=run.template_title,
            url=f"/runs/{run.pk}",
            state=run.state,
            dot=RUN_DOTS.get(run.state, "idle"),
            at=run.created_at,
        )
        for run in runs
    ]


def _golden_paths(actor: Actor) -> list[EntityDetail]:
    return catalog.template_entities(actor)[:PATHS_SHOWN]
