"""Facts: read by collectors, stored where they changed."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.scorecards.extensions import Collector, FactSpec, Observation, Subject, collectors
from apps.scorecards.models import CardLevel, Fact, Result
from apps.scorecards.subjects import subjects_of

logger = logging.getLogger(__name__)


def collect(*, refs: Sequence[str], now: datetime, scopes: frozenset[str] | None = None) -> int:
    """
    Read the facts of these entities again; return how many changed.

    `scopes` narrows the collectors ("catalog" costs no call to the forge). A collector that crashes
    leaves its reason on its facts and does not stop the others.
    """
    subjects = subjects_of(refs)
    changed = 0
    for collector in collectors:
        if scopes is None or collector.scope in scopes:
            observations = _observe(collector, subjects, now)
            changed += record_observations(collector=collector, observations=observations, now=now)
    return changed


def _observe(collector: Collector, subjects: Sequence[Subject], now: datetime) -> list[Observation]:
    try:
        return list(collector.collect(subjects, now=now))
    except Exception as error:
        # Whatever a collector of any app does, its rules show it and the others go on.
        logger.exception("The collector %s failed.", collector.key)
        reason = f"The collector {collector.key} failed: {type(error).__name__}."
        return [
            Observation(subject.ref, spec.key, None, reason=reason, failed=True)
            for subject in subjects
            for spec in collector.facts
        ]


@transaction.atomic
def record_observations(
    *, collector: Collector, observations: Iterable[Observation], now: datetime
) -> int:
    """Store what differs from what is known, and that the rest was seen; return how many differ."""
    specs = {spec.key: spec for spec in collector.facts}
    seen = {(o.entity_ref, o.key): o for o in observations if o.key in specs}
    known = {
        (fact.entity_ref, fact.key): fact
        for fact in Fact.objects.select_for_update().filter(
            is_current=True, key__in=specs, entity_ref__in={ref for ref, _ in seen}
        )
    }
    same: dict[str, list[int]] = {}
    replaced, created = [], []
    for place, observation in seen.items():
        fact = known.get(place)
        if fact is not None and _is_same(fact, observation):
            same.setdefault(observation.key, []).append(fact.pk)
            continue
        if fact is not None:
            replaced.append(fact.pk)
        created.append(_fact(observation, specs[observation.key], collector.key, now))
    for key, ids in same.items():
        Fact.objects.filter(pk__in=ids).update(observed_at=now, refresh_at=now + specs[key].ttl / 2)
    Fact.objects.filter(pk__in=replaced).update(is_current=False)
    Fact.objects.bulk_create(created, batch_size=500)
    return len(created)


@transaction.atomic
def forget(*, refs: Iterable[str]) -> None:
    """Take away facts, results and levels of entities that the catalog does not have any more."""
    gone = list(refs)
    for table in (Fact, Result, CardLevel):
        table.objects.filter(entity_ref__in=gone).delete()


def _is_same(fact: Fact, observation: Observation) -> bool:
    return (
        fact.value == (dict(observation.value) if observation.value is not None else None)
        and fact.reason == observation.reason[:500]
        and fact.failed == observation.failed
    )


def _fact(observation: Observation, spec: FactSpec, collector: str, now: datetime) -> Fact:
    # A reason is asked for again sooner: permissions are given, forges come back.
    ttl = spec.ttl if observation.value is not None else min(spec.ttl, timedelta(hours=2))
    return Fact(
        entity_ref=observation.entity_ref,
        key=observation.key,
        value=dict(observation.value) if observation.value is not None else None,
        reason=observation.reason[:500],
        failed=observation.failed,
        collector=collector,
        source_ref=observation.source_ref[:600],
        evidence_class=spec.evidence_class.value,
        observed_at=now,
        changed_at=now,
        ttl=int(ttl.total_seconds()),
        refresh_at=now + ttl / 2,
    )
