"""Reads about runs: what happened, what came out of it, what is left behind."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from apps.accounts.permissions import Actor, Permission, can, require
from apps.core.errors import NotFound
from apps.integrations import selectors as integrations
from apps.scaffolder.actions import Effect, registry
from apps.scaffolder.domain.states import RunState, StepState
from apps.scaffolder.models import Run, RunEvent, RunStep

EVENTS_PER_CALL = 500


@dataclass(frozen=True)
class ResultLink:
    """Something that a run made or points at; `kind` is repository, pipeline, entity or link."""

    kind: str
    title: str
    url: str = ""
    entity_ref: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Results:
    """What the page of a finished run shows: links, and texts in Markdown."""

    links: tuple[ResultLink, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Leftover:
    """
    Something outside that a run made before it failed or was cancelled.

    `uncertain` where the answer was lost: it may be there or not, under the run's marker.
    """

    step: str
    action: str
    external_id: str
    url: str
    uncertain: bool = False


@dataclass(frozen=True)
class TemplateStatistics:
    """How the runs of a template went; None where there is nothing to say it from."""

    runs: int
    succeeded: int
    failed: int
    success_rate: float | None
    median_seconds: float | None


def run_for(actor: Actor, run_id: uuid.UUID | str) -> Run:
    """
    Return one run.

    :raises NotFound: if there is none with this id
    """
    require(actor, Permission.RUN_READ)
    try:
        key = run_id if isinstance(run_id, uuid.UUID) else uuid.UUID(str(run_id))
    except ValueError:
        raise NotFound(f"There is no run {str(run_id)[:60]}.") from None
    run = Run.objects.visible_to(actor).select_related("requested_by").filter(pk=key).first()
    if run is None:
        raise NotFound(f"There is no run {key}.")
    return run


def may_read_detail(actor: Actor, run: Run) -> bool:
    """Tell whether `actor` may see inputs, log and output, or only the state."""
    return can(actor, Permission.RUN_READ_DETAIL, run.target)


def may_control(actor: Actor, run: Run) -> bool:
    """Tell whether `actor` may cancel or resume the run."""
    return can(actor, Permission.RUN_CONTROL, run.target)


def list_runs(
    actor: Actor,
    *,
    mine: bool = False,
    template_ref: str = "",
    run_states: Sequence[str] = (),
) -> QuerySet[Run]:
    """Return runs, newest first, without the large columns; `mine` keeps own and own teams'."""
    runs = Run.objects.visible_to(actor).select_related("requested_by")
    if mine:
        runs = runs.of_owners(actor)
    if template_ref:
        runs = runs.filter(template_ref=template_ref)
    if run_states:
        runs = runs.filter(state__in=run_states)
    return runs.defer("template", "user_entity").order_by("-created_at")


def steps_of(run: Run) -> list[RunStep]:
    """Return the steps of a run in their order."""
    return list(run.steps.order_by("n"))


def events_after(run: Run, seq: int = 0, *, limit: int = EVENTS_PER_CALL) -> list[RunEvent]:
    """Return the events after `seq`, at most `limit` of them, oldest first."""
    return list(run.events.filter(seq__gt=seq).order_by("seq")[:limit])


def events_before(run: Run, seq: int, *, limit: int = EVENTS_PER_CALL) -> list[RunEvent]:
    """Return the last `limit` events before `seq`, oldest first; for reading a long log upwards."""
    newest = run.events.filter(seq__lt=seq).order_by("-seq")[:limit]
    return list(reversed(newest))


def results(run: Run) -> Results:
    """Return the links and texts of a run's output; made things of an unfinished run included."""
    output: dict[str, Any] = run.output or {}
    made = _made(run)
    kinds = {link.url or link.entity_ref: link.kind for link in made}
    links = [
        _output_link(link, kinds) for link in output.get("links") or [] if isinstance(link, dict)
    ]
    known = {link.url or link.entity_ref for link in links}
    links += [link for link in made if (link.url or link.entity_ref) not in known]
    texts = tuple(
        (str(text.get("title") or ""), str(text.get("content") or text.get("default") or ""))
        for text in output.get("text") or []
        if isinstance(text, dict)
    )
    return Results(links=tuple(link for link in links if link.url or link.entity_ref), texts=texts)


def leftovers(run: Run) -> list[Leftover]:
    """Return what an unsuccessful run made outside; nothing for any other run."""
    if run.state not in {RunState.FAILED, RunState.CANCELLED}:
        return []
    return [
        Leftover(
            step=step.name,
            action=step.action,
            external_id=step.external_id,
            url=step.external_url,
            uncertain=not step.external_id,
        )
        for step in steps_of(run)
        if step.external_id or (step.state == StepState.INTENT and _acts_outside(step.action))
    ]


def _acts_outside(action: str) -> bool:
    known = registry.find(action)
    return known is not None and known.effect == Effect.OUTSIDE


def template_statistics(ref: str) -> TemplateStatistics:
    """Return how the runs of a template went, from its runs alone."""
    runs = Run.objects.filter(template_ref=ref)
    counts = runs.aggregate(
        total=Count("pk"),
        succeeded=Count("pk", filter=Q(state=RunState.SUCCEEDED)),
        failed=Count("pk", filter=Q(state=RunState.FAILED)),
    )
    finished = counts["succeeded"] + counts["failed"]
    return TemplateStatistics(
        runs=counts["total"],
        succeeded=counts["succeeded"],
        failed=counts["failed"],
        success_rate=counts["succeeded"] / finished if finished else None,
        median_seconds=_median_seconds(runs),
    )


class Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def _median_seconds(runs: QuerySet[Run]) -> float | None:
    took = ExpressionWrapper(F("ended_at") - F("created_at"), output_field=DurationField())
    median = runs.filter(state=RunState.SUCCEEDED).aggregate(
        median=Median(took, output_field=DurationField())
    )["median"]
    return None if median is None else median.total_seconds()


def _output_link(link: dict[str, Any], kinds: Mapping[str, str]) -> ResultLink:
    url, ref = str(link.get("url") or ""), str(link.get("entityRef") or "")
    return ResultLink(
        kind="entity" if ref else kinds.get(url, "link"),
        title=str(link.get("title") or url or ref),
        url=url,
        entity_ref=ref,
        icon=str(link.get("icon") or ""),
    )


def _made(run: Run) -> list[ResultLink]:
    made = []
    for step in steps_of(run):
        if step.external_id.startswith("github:repository:"):
            made.append(ResultLink("repository", "Repository", url=step.external_url))
            made.append(ResultLink("pipeline", "Pipeline", url=_pipeline_url(step.external_url)))
        elif step.external_id.startswith("github:pull:"):
            made.append(ResultLink("repository", "Pull request", url=step.external_url))
        elif step.external_id.startswith("github:workflow-run:"):
            made.append(ResultLink("pipeline", "Pipeline", url=step.external_url))
        if isinstance(step.output, dict) and isinstance(step.output.get("entityRef"), str):
            ref = step.output["entityRef"]
            made.append(ResultLink("entity", "Catalog entry", entity_ref=ref))
    return made


def _pipeline_url(repository_url: str) -> str:
    """Return the newest run of a repository's pipeline, or the page that lists them."""
    full_name = "/".join(repository_url.rstrip("/").split("/")[-2:])
    newest = integrations.latest_pipeline_by_repository([full_name]).get(full_name)
    return newest.html_url if newest and newest.html_url else f"{repository_url}/actions"
