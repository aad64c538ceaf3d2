"""Evaluation as it is asked for: by people, after an ingestion or a pipeline, by the sweep."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.queue import enqueue
from apps.scorecards.services.collection import collect
from apps.scorecards.services.evaluation import evaluate_entities

MESSAGE = 100


def collect_and_evaluate(
    *, refs: Sequence[str], now: datetime, scopes: frozenset[str] | None = None
) -> int:
    """Read facts again and grade; return how many entities are on a scorecard."""
    collect(refs=refs, now=now, scopes=scopes)
    return evaluate_entities(refs=refs, now=now)


@transaction.atomic
def request_evaluation(*, refs: Sequence[str], reason: str) -> None:
    """Start reading and grading these entities in the background; `reason` is for the audit log."""
    for start in range(0, len(refs), MESSAGE):
        enqueue("scorecards.collect_and_evaluate", refs=list(refs[start : start + MESSAGE]))
    audit.record(
        action="scorecards.request_evaluation",
        object_kind="entity",
        object_id=refs[0] if len(refs) == 1 else "several",
        detail={"count": len(refs), "reason": reason},
    )
