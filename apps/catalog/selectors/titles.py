"""Names of entities for people."""

from collections.abc import Iterable

from apps.accounts.permissions import Actor
from apps.catalog.models import Entity


def titles_of(actor: Actor | None, refs: Iterable[str]) -> dict[str, str]:
    """
    Return the title (or name) of each of these references, in one query.

    What does not exist, and what this person may not know of, is left out.
    """
    found = Entity.objects.visible_to(actor).filter(ref__in=set(refs))
    rows = found.values_list("ref", "title", "name")
    return {ref: title or name for ref, title, name in rows}
