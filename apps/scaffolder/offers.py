"""The golden paths on offer: which there are, which cannot run and why, how their runs went."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q

from apps.accounts.permissions import Actor, Permission, decide, require
from apps.catalog import selectors as catalog
from apps.catalog.domain.records import EntityDetail
from apps.core.errors import UserFacingError
from apps.scaffolder import golden_paths
from apps.scaffolder.actions.base import Effect, registry
from apps.scaffolder.domain.spec import Step, TemplateSpec
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.models import Run
from apps.scaffolder.selectors import Median, TemplateStatistics

NO_RUNS = TemplateStatistics(0, 0, 0, None, None)


@dataclass(frozen=True)
class Offer:
    """A golden path in the list; `problem` says why it cannot be run."""

    entity: EntityDetail
    spec: TemplateSpec | None
    problem: str
    statistics: TemplateStatistics = NO_RUNS

    @property
    def url(self) -> str:
        return f"/create/{self.entity.namespace}/{self.entity.name}"

    @property
    def is_recommended(self) -> bool:
        return "recommended" in self.entity.tags

    @property
    def tags(self) -> list[str]:
        return [tag for tag in self.entity.tags if tag != "recommended"]


def offers(actor: Actor, *, text: str = "") -> list[Offer]:
    """Return the golden paths that `actor` may see: recommended and runnable ones first."""
    require(actor, Permission.CATALOG_READ)
    entities = [e for e in catalog.template_entities(actor) if _matches(e, text)]
    statistics = statistics_of(entity.ref for entity in entities)
    listed = [offer_of(actor, entity, statistics.get(entity.ref, NO_RUNS)) for entity in entities]
    return sorted(
        listed,
        key=lambda o: (bool(o.problem), not o.is_recommended, o.entity.display_name.lower()),
    )


def offer_of(actor: Actor, entity: EntityDetail, statistics: TemplateStatistics = NO_RUNS) -> Offer:
    """Return a golden path with the reason why it cannot be run, if there is one."""
    try:
        path = golden_paths.from_entity(entity.ref, entity.data, sha=entity.etag)
    except UserFacingError as error:
        return Offer(entity, None, str(error), statistics)
    unknown = unknown_actions(path.spec)
    problem = ""
    if unknown:
        noun = "actions that are" if len(unknown) > 1 else "an action that is"
        problem = f"It uses {noun} not installed here: {', '.join(unknown[:5])}."
    elif not (decision := decide(actor, Permission.TEMPLATE_RUN, path.target)).allowed:
        problem = decision.reason or "You may look at it, but not run it."
    return Offer(entity, path.spec, problem, statistics)


def unknown_actions(spec: TemplateSpec) -> list[str]:
    """Return the actions of a template that nobody has registered, in order."""
    missing = [step.action for step in spec.steps if registry.find(step.action) is None]
    return list(dict.fromkeys(missing))


def statistics_of(refs: Iterable[str]) -> dict[str, TemplateStatistics]:
    """Return how the runs of each template went, in one query."""
    took = ExpressionWrapper(F("ended_at") - F("created_at"), output_field=DurationField())
    succeeded = Q(state=RunState.SUCCEEDED)
    rows = (
        Run.objects.filter(template_ref__in=list(refs))
        .values("template_ref")
        .annotate(
            total=Count("pk"),
            good=Count("pk", filter=succeeded),
            bad=Count("pk", filter=Q(state=RunState.FAILED)),
            median=Median(took, filter=succeeded, output_field=DurationField()),
        )
        .order_by()
    )
    return {row["template_ref"]: _statistics(row) for row in rows}


def _statistics(row: dict[str, Any]) -> TemplateStatistics:
    finished = row["good"] + row["bad"]
    return TemplateStatistics(
        runs=row["total"],
        succeeded=row["good"],
        failed=row["bad"],
        success_rate=row["good"] / finished if finished else None,
        median_seconds=row["median"].total_seconds() if row["median"] is not None else None,
    )


def _matches(entity: EntityDetail, text: str) -> bool:
    words = text.lower().split()
    place = " ".join([entity.name, entity.title, entity.description, *entity.tags]).lower()
    return all(word in place for word in words)


@dataclass(frozen=True)
class StepPreview:
    """A step before it runs: what it does, and whether that outlives the run."""

    name: str
    action: str
    changes_outside: bool
    target: str
    conditional: bool


def step_previews(spec: TemplateSpec, values: dict[str, Any]) -> list[StepPreview]:
    """Return the steps that will run, with the repository they work on where that is plain."""
    return [_preview(step, values) for step in spec.steps]


def _preview(step: Step, values: dict[str, Any]) -> StepPreview:
    action = registry.find(step.action)
    return StepPreview(
        name=step.name,
        action=step.action,
        changes_outside=action is not None and action.effect == Effect.OUTSIDE,
        target=_target(step, values),
        conditional=step.condition is not None,
    )


def _target(step: Step, values: dict[str, Any]) -> str:
    """Return "owner/repo" where the step's repoUrl is exactly one parameter; else say nothing."""
    raw = str(step.input.get("repoUrl") or "").strip()
    if not (raw.startswith("${{") and raw.endswith("}}")):
        return ""
    root, _, name = raw[3:-2].strip().partition(".")
    value = values.get(name)
    if root != "parameters" or not isinstance(value, str):
        return ""
    query = dict(pair.partition("=")[::2] for pair in value.partition("?")[2].split("&"))
    owner, repo = query.get("owner", ""), query.get("repo", "")
    return f"{owner}/{repo}" if owner and repo else ""
