"""Reads of facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apps.scorecards.domain.evaluation import FactValue
from apps.scorecards.models import Fact


def facts_of(refs: Iterable[str], *, now: datetime) -> dict[str, dict[str, FactValue]]:
    """Return the current facts of each entity, by key; one query."""
    found: dict[str, dict[str, FactValue]] = defaultdict(dict)
    for fact in Fact.objects.filter(entity_ref__in=list(refs), is_current=True):
        found[fact.entity_ref][fact.key] = FactValue(
            value=fact.value,
            reason=fact.reason,
            failed=fact.failed,
            stale=fact.value is not None and is_stale(fact, now=now),
        )
    return found


def is_stale(fact: Fact, *, now: datetime) -> bool:
    """Tell whether the fact is older than it may be."""
    return fact.observed_at + timedelta(seconds=fact.ttl) < now


def active_logins() -> frozenset[str]:
    """Return the logins and e-mail addresses that committed anywhere in the last 90 days."""
    rows: Iterable[Mapping[str, list[str]] | None] = Fact.objects.filter(
        key="authors", is_current=True
    ).values_list("value", flat=True)
    return frozenset(login.lower() for row in rows if row for login in row.get("logins", []))


def refs_of_repository(full_name: str) -> list[str]:
    """Return the entities whose facts were read from this repository ("owner/name")."""
    found = Fact.objects.filter(key="repo", is_current=True, value__full_name__iexact=full_name)
    return list(found.values_list("entity_ref", flat=True))


def refs_to_refresh(*, now: datetime, limit: int) -> list[str]:
    """Return entities with a fact that is due to be read again, the oldest first."""
    rows = (
        Fact.objects.filter(is_current=True, refresh_at__lte=now)
        .order_by("refresh_at")
        .values_list("entity_ref", flat=True)[: limit * 20]
    )
    return list(dict.fromkeys(rows))[:limit]
