"""The pack in the database: rule versions and scorecards."""

from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.scorecards.models import RuleVersion, Scorecard, ScorecardRule
from apps.scorecards.rulebook import Pack, read_pack


@transaction.atomic
def sync_pack(*, now: datetime, pack: Pack | None = None) -> int:
    """
    Bring the shipped rules and scorecards into the database; return how many things changed.

    A scorecard counts the newest version of each of its rules. Older versions stay for the results
    and snapshots that name them.

    :raises apps.scorecards.domain.rules.InvalidRule: if the pack cannot be used; nothing changes
    """
    shipped = pack or read_pack()
    versions = {rule_id: _sync_rule(data, now) for rule_id, data in shipped.rules.items()}
    changed = sum(is_new for _, is_new in versions.values())
    for definition in shipped.scorecards:
        card, _ = Scorecard.objects.update_or_create(
            key=definition.key,
            defaults={
                "title": definition.title,
                "description": definition.description,
                "kinds": sorted(definition.kinds),
                "types": sorted(definition.types),
                "synced_at": now,
            },
        )
        wanted = [versions[rule_id][0].pk for rule_id in definition.rule_ids]
        known = list(card.entries.values_list("rule_version_id", flat=True))
        if known != wanted:
            card.entries.all().delete()
            ScorecardRule.objects.bulk_create(
                ScorecardRule(scorecard=card, rule_version_id=pk, position=position)
                for position, pk in enumerate(wanted)
            )
            audit.record(
                action="scorecards.change_rules",
                object_kind="scorecard",
                object_id=card.key,
                object_name=card.title,
                detail={"rules": {v.rule_id: v.version for v, _ in versions.values()}},
            )
            changed += 1
    return changed


def _sync_rule(data: dict[str, object], now: datetime) -> tuple[RuleVersion, bool]:
    rule_id, version = str(data["id"]), int(str(data["version"]))
    row, is_new = RuleVersion.objects.get_or_create(
        rule_id=rule_id,
        version=version,
        defaults={"definition": data, "first_seen_at": now},
    )
    if not is_new and row.definition != data:
        # A correction of the text; a change of meaning has a new version.
        row.definition = data
        row.save(update_fields=["definition"])
        is_new = True
    if is_new:
        audit.record(
            action="scorecards.publish_rule",
            object_kind="rule",
            object_id=rule_id,
            object_name=str(data["title"]),
            detail={"version": version},
        )
    return row, is_new
