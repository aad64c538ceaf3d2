"""Which repository an entity lives in."""

from collections.abc import Iterable

from apps.catalog.links import repository_of
from apps.catalog.models import Entity


def repositories_of(refs: Iterable[str]) -> dict[str, str]:
    """Return "owner/name" of the repository of each of these entities that names one."""
    rows = Entity.objects.filter(ref__in=set(refs)).values_list(
        "ref", "data__metadata__annotations"
    )
    found = {ref: repository_of(annotations or {}) for ref, annotations in rows}
    return {ref: repository for ref, repository in found.items() if repository}
