"""What a location brought into the catalog."""

import uuid

from apps.accounts.permissions import Actor
from apps.catalog.domain.records import EntitySummary
from apps.catalog.models import Entity
from apps.catalog.selectors.records import summaries

MAX_BROUGHT = 500


def brought_by(
    actor: Actor | None, location_ref: str = "", *, location_id: uuid.UUID | None = None
) -> list[EntitySummary]:
    """Return the entities of a registered location, given its entity or its id, by name."""
    found = Entity.objects.visible_to(actor).order_by("kind", "sort_name", "ref")
    if location_id is not None:
        found = found.filter(location_id=location_id)
    else:
        found = found.filter(location__entity_ref=location_ref).exclude(ref=location_ref)
    return summaries(found[:MAX_BROUGHT])
