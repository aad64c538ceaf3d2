"""Reads about what the portal keeps of the forge."""

from collections.abc import Iterable

from apps.integrations.models import PipelineRun


def pipelines(full_name: str, *, limit: int = 20) -> list[PipelineRun]:
    """Return the newest runs of a repository ("owner/name", any case), newest first."""
    runs = PipelineRun.objects.filter(full_name=full_name.lower()).order_by("-run_id")
    return list(runs[:limit])


def pipeline(full_name: str, run_id: int) -> PipelineRun | None:
    """Return one run, or None where the portal has not heard of it."""
    return PipelineRun.objects.filter(full_name=full_name.lower(), run_id=run_id).first()


def latest_pipeline_by_repository(full_names: Iterable[str]) -> dict[str, PipelineRun]:
    """
    Return the newest run of each repository that has one, in one query.

    The keys are the names as given.
    """
    names = {name: name.lower() for name in full_names}
    newest = (
        PipelineRun.objects.filter(full_name__in=set(names.values()))
        .order_by("full_name", "-run_id")
        .distinct("full_name")
    )
    by_lower = {run.full_name: run for run in newest}
    return {name: by_lower[lower] for name, lower in names.items() if lower in by_lower}
