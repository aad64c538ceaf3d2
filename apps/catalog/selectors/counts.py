"""Numbers beside the entries of the sidebar."""

from django.db.models import Count

from apps.catalog.models import Entity
from apps.catalog.selectors.remembered import Memory


def public_counts() -> dict[str, int]:
    """Return how many entities of each kind everybody may know of."""
    return Memory.of_now().recall("public counts", _counted)


def _counted() -> dict[str, int]:
    rows = Entity.objects.filter(is_restricted=False).order_by().values_list("kind")
    return dict(rows.annotate(count=Count("pk")))
