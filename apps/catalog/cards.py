"""The catalog's own cards on the overview of an entity, and its column of the list."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.accounts.permissions import Actor
from apps.catalog import graph_data, selectors
from apps.catalog.domain.query import EntityQuery
from apps.catalog.domain.records import EntityDetail, EntitySummary, Neighbour
from apps.catalog.entity_page import actor_of
from apps.catalog.links import entity_links, is_safe, repository_of, scm_url
from apps.catalog.selectors.repositories import repositories_of
from apps.core.http import PortalRequest
from apps.core.templatetags.ui_charts import Bar
from apps.core.templatetags.ui_marks import dot
from apps.integrations import selectors as integrations
from apps.integrations.models import PipelineRun

NEIGHBOURS_SHOWN = 24
RUNS_SHOWN = 20
# Owner and template have their lines above the graph.
NEIGHBOUR_RELATIONS = frozenset({"dependsOn", "providesApi", "consumesApi", "partOf"})
TEAM_RELATIONS = frozenset({"childOf", "memberOf"})
STATES = {"success": "ok", "failure": "bad", "timed_out": "bad", "startup_failure": "bad"}
WORDS = {"success": "passing", "failure": "failing", "": "running"}


def about(request: HttpRequest, entity: EntityDetail) -> SafeString:
    """Who owns it, where it lives, where it is described."""
    actor = _actor(request)
    relations = selectors.relations_of(actor, entity)
    source = scm_url(entity.source_url.removeprefix("url:"))
    repository = repository_of(entity.annotations)
    location = scm_url(entity.annotations.get("backstage.io/source-location", "")[4:])
    context = {
        "entity": entity,
        "titles": _titles(relations.values()),
        "domains": relations.get("partOf", []) if entity.kind == "System" else [],
        "parents": relations.get("childOf", []),
        "teams": relations.get("memberOf", []),
        "template": relations.get("scaffoldedFrom", []),
        "links": entity_links(entity.links),
        "source": source,
        "source_address": entity.source_url if is_safe(entity.source_url) else "",
        "source_name": _source_name(entity, source),
        "repository": repository,
        "repository_address": f"{location.scheme}://{location.repository}" if location else "",
        "profile": entity.spec.get("profile") or {},
        "targets": _targets(entity),
    }
    return render_to_string("catalog/cards/about.html", context)


def members(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """The people of a team."""
    if entity.kind != "Group":
        return None
    relations = selectors.relations_of(_actor(request), entity)
    context = {
        "members": relations.get("hasMember", [])[:60],
        "children": relations.get("parentOf", []),
    }
    return render_to_string("catalog/cards/members.html", context)


def owned(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """What a team or a person owns."""
    if entity.kind not in {"Group", "User"}:
        return None
    query = EntityQuery(owner=(entity.ref,))
    found = selectors.list_entities(_actor(request), query, with_facets=False)
    context = {"entity": entity, "owned": found.entities, "total": found.total}
    return render_to_string("catalog/cards/owned.html", context)


def parts(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """What a system or a domain consists of, or what a location brought."""
    if entity.kind == "Location":
        found: Sequence[EntitySummary] = selectors.brought_by(_actor(request), entity.ref)
        title = "What it brought"
    elif entity.kind in {"System", "Domain"}:
        relations = selectors.relations_of(_actor(request), entity)
        found = [part.entity for part in relations.get("hasPart", []) if part.entity]
        title = "Parts"
    else:
        return None
    titles = selectors.titles_of(
        _actor(request), (part.owner_ref for part in found if part.owner_ref)
    )
    rows = [(part, titles.get(part.owner_ref, "")) for part in found[:60]]
    context = {"title": title, "rows": rows, "total": len(found), "entity": entity}
    return render_to_string("catalog/cards/parts.html", context)


def neighbourhood(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """The entities one relation away, as a graph."""
    if entity.kind in {"Location", "User"} or not entity.relations:
        return None
    walked = TEAM_RELATIONS if entity.kind == "Group" else NEIGHBOUR_RELATIONS
    graph = selectors.neighbourhood(
        _actor(request), entity.ref, depth=1, limit=NEIGHBOURS_SHOWN, relations=walked
    )
    if len(graph.nodes) < 2:
        return None
    context = {"entity": entity, **graph_data.context(graph)}
    return render_to_string("catalog/cards/neighbourhood.html", context)


def pipeline(request: HttpRequest, entity: EntityDetail) -> SafeString | None:
    """The last runs of the repository's pipelines."""
    repository = repository_of(entity.annotations)
    if entity.kind not in {"Component", "API", "Template"} or not repository:
        return None
    runs = integrations.pipelines(repository, limit=RUNS_SHOWN)
    seconds = [run.seconds for run in runs if run.seconds is not None]
    longest = max(seconds, default=0) or 1
    failed = sum(run_state(run) == "bad" for run in runs)
    context = {
        "runs": runs,
        "repository": repository,
        "bars": [_bar(run, longest) for run in reversed(runs)],
        "label": f"{len(runs)} runs, {failed} failed",
        "median": median(seconds) if seconds else None,
        "last": runs[0] if runs else None,
        "last_state": run_state(runs[0]) if runs else "",
        "last_word": run_word(runs[0]) if runs else "",
    }
    return render_to_string("catalog/cards/pipeline.html", context)


def pipeline_cells(refs: Sequence[str]) -> Mapping[str, SafeString]:
    """Return the state of the newest pipeline of each entity that has one, in two queries."""
    repositories = repositories_of(refs)
    newest = integrations.latest_pipeline_by_repository(repositories.values())
    return {
        ref: dot(run_state(newest[repository]), run_word(newest[repository]))
        for ref, repository in repositories.items()
        if repository in newest
    }


def run_state(run: PipelineRun) -> str:
    """Return the state of a run as a dot shows it."""
    return STATES.get(run.conclusion, "idle") if run.is_over else "run"


def run_word(run: PipelineRun) -> str:
    """Return the state of a run in a word."""
    if not run.is_over:
        return "queued" if run.status == "queued" else "running"
    return WORDS.get(run.conclusion, run.conclusion.replace("_", " "))


def _bar(run: PipelineRun, longest: float) -> Bar:
    share = (run.seconds or longest / 2) / longest
    return Bar(0.25 + 0.7 * share, run_state(run), f"Run {run.number}: {run_word(run)}")


def _actor(request: HttpRequest) -> Actor:
    return actor_of(cast(PortalRequest, request))


def _titles(neighbours: Iterable[list[Neighbour]]) -> dict[str, str]:
    return {
        other.ref: other.entity.display_name
        for others in neighbours
        for other in others
        if other.entity
    }


def _source_name(entity: EntityDetail, source: Any) -> str:
    if source is not None:
        return f"{source.repository.full_name} · {source.path}"
    # The path of a file on the portal's own disk is nobody's business but its name is.
    return "/".join(entity.source_url.rsplit("/", 2)[-2:])


def _targets(entity: EntityDetail) -> list[str]:
    if entity.kind != "Location":
        return []
    named = entity.spec.get("targets") or [entity.spec.get("target")]
    return [str(target) for target in named if target][:50]
