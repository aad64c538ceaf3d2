"""Which of two reports about the same pipeline is the newer one; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from apps.integrations.github.action_results import WorkflowRun

# GitHub's states in the order in which a run goes through them.
_RANKS = {
    "requested": 0,
    "queued": 1,
    "pending": 1,
    "waiting": 2,
    "in_progress": 3,
    "completed": 4,
}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Progress:
    """How far a run has come; a greater one is later (reliability.md 3.5)."""

    run_attempt: int
    rank: int
    updated_at: datetime


def progress(run_attempt: int, status: str, updated_at: datetime | None) -> Progress:
    """Return how far a run has come; events carry no order, so this is compared instead."""
    return Progress(run_attempt, _RANKS.get(status, 2), updated_at or _BEGINNING)


def columns(full_name: str, run: WorkflowRun) -> dict[str, object]:
    """Return the columns of PipelineRun for a run as the forge tells it."""
    over = run.status == "completed"
    return {
        "full_name": full_name.lower(),
        "run_id": run.id,
        "run_attempt": run.run_attempt,
        "workflow": run.workflow[:255],
        "number": run.number,
        "branch": run.branch[:255],
        "sha": run.sha[:64],
        "event": run.event[:60],
        "status": run.status[:20],
        "conclusion": (run.conclusion if over else "")[:20],
        "title": run.title[:255],
        "html_url": run.html_url[:500],
        "started_at": run.started_at,
        # GitHub has no end of a run; its last change is the end once it is over.
        "completed_at": run.updated_at if over else None,
        "updated_at": run.updated_at or run.started_at or _BEGINNING,
    }
