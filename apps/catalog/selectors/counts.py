"""Numbers beside the entries of the sidebar."""

from apps.catalog.models import Entity


def public_count(kind: str = "") -> int:
    """Return how many entities (of a kind) everybody may know of."""
    entities = Entity.objects.filter(is_restricted=False)
    return (entities.filter(kind=kind) if kind else entities).count()
