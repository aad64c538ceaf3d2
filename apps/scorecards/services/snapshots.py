"""The day's standing of every entity, kept as it was."""

from datetime import date

from django.db import transaction

from apps.scorecards.models import CardLevel, Result, Snapshot


@transaction.atomic
def take_snapshots(*, day: date) -> int:
    """Write the standing of today once; a second call on the same day changes nothing."""
    versions: dict[str, dict[str, int]] = {}
    for ref, rule_id, version in Result.objects.values_list(
        "entity_ref", "rule_id", "rule_version"
    ):
        versions.setdefault(ref, {})[rule_id] = version
    rows = [
        Snapshot(
            day=day,
            entity_ref=card.entity_ref,
            scorecard_key=card.scorecard.key,
            owner_ref=card.owner_ref,
            level=card.level,
            score=card.score,
            coverage=card.coverage,
            counts=card.counts,
            rule_versions=versions.get(card.entity_ref, {}),
        )
        for card in CardLevel.objects.select_related("scorecard").iterator(chunk_size=2000)
    ]
    Snapshot.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)
