"""Where an entity comes from: the Location entity of the location that brought it."""

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.accounts.permissions import Actor
from apps.catalog.models import Entity


def ancestry(actor: Actor | None, ref: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return (JSON text, references of parents): the entity, then its parents; empty if none."""
    found = Entity.objects.visible_to(actor)
    entity = (
        found.filter(ref=ref).values_list(Cast("data", TextField()), "location__entity_ref").first()
    )
    if entity is None:
        return []
    text, parent_ref = entity
    parent = None
    if parent_ref and parent_ref != ref:
        parent = found.filter(ref=parent_ref).values_list(Cast("data", TextField()), flat=True)
        parent = parent.first()
    if parent is None:
        return [(text, ())]
    return [(text, (parent_ref,)), (parent, ())]
