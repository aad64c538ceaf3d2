"""What a run made, and how it is now: repository, pipeline, catalog entry."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils.safestring import SafeString

from apps.accounts.permissions import Actor
from apps.catalog import selectors as catalog
from apps.catalog.extensions import entity_columns
from apps.core import queue
from apps.integrations.models import PipelineRun
from apps.integrations.scm import BadScmUrl, ScmUrl
from apps.scaffolder import selectors
from apps.scaffolder.domain.states import RunState
from apps.scaffolder.models import Run, RunStep

# A pipeline that began with the repository is waited for this long on the page.
PIPELINE_WATCH = timedelta(minutes=10)
_REFRESH_SECONDS = 3


@dataclass(frozen=True)
class Made:
    """Something the run made: what it is, where, and what more is known of it now."""

    label: str
    title: str
    url: str = ""
    ref: str = ""
    columns: list[tuple[str, SafeString]] = field(default_factory=list)
    pipelines: list[PipelineRun] = field(default_factory=list)


def made_by(
    actor: Actor, results: selectors.Results, repository: str, pipelines: list[PipelineRun]
) -> list[Made]:
    """Return what a run made, as far as the person may know of it, with how it is now."""
    refs = [link.entity_ref for link in results.links if link.entity_ref]
    known = catalog.titles_of(actor, refs)
    columns = [(c.label, c.values(refs)) for c in entity_columns] if refs else []
    rows = []
    for link in results.links:
        if link.kind == "pipeline" and repository:
            continue  # shown below, with how it is now
        if link.entity_ref:
            ref = link.entity_ref
            found = [(label, values[ref]) for label, values in columns if ref in values]
            rows.append(
                Made(link.title, known.get(ref, ""), ref=ref, columns=found if ref in known else [])
            )
        else:
            rows.append(Made(link.title, _shown(link.url), url=link.url))
    if repository:
        rows.append(Made("Pipeline", repository, pipelines=pipelines))
    return rows


def _shown(url: str) -> str:
    try:
        return ScmUrl.parse(_plain(url)).repository.full_name if "://" in url else url
    except BadScmUrl:
        return url


def awaits_pipeline(run: Run, repository: str, pipelines: list[PipelineRun], now: datetime) -> bool:
    """Tell whether a pipeline is still to come or runs; if so, have the forge asked in a while."""
    begun = run.ended_at or now
    if run.state != RunState.SUCCEEDED or now - begun > PIPELINE_WATCH:
        return False
    if pipelines and all(each.is_over for each in pipelines):
        return False
    if cache.add(f"pipeline-asked:{repository.lower()}", 1, _REFRESH_SECONDS):
        queue.enqueue("integrations.refresh_pipelines", full_name=repository)
    # A repository without a pipeline has none after a minute either.
    return bool(pipelines) or now - begun < timedelta(seconds=60)


def repository_of(steps: list[RunStep]) -> str:
    """Return "owner/name" of the repository that a run made or changed, or ""."""
    for step in steps:
        url = step.output.get("remoteUrl") if isinstance(step.output, dict) else None
        if not url:
            continue
        try:
            return ScmUrl.parse(_plain(str(url))).repository.full_name
        except BadScmUrl:
            continue
    return ""


def _plain(url: str) -> str:
    # The page of a pull request is an address in its repository, of a kind of its own.
    return url.partition("/pull/")[0].removesuffix(".git")
