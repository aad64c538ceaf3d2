"""What changes scorecards: the pack, facts, results and levels."""

from apps.scorecards.services.collection import (
    collect,
    forget,
    record_observations,
)
from apps.scorecards.services.evaluation import evaluate_entities
from apps.scorecards.services.requests import collect_and_evaluate, request_evaluation
from apps.scorecards.services.rules import sync_pack
from apps.scorecards.services.snapshots import take_snapshots

__all__ = [
    "collect",
    "collect_and_evaluate",
    "evaluate_entities",
    "forget",
    "record_observations",
    "request_evaluation",
    "sync_pack",
    "take_snapshots",
]
