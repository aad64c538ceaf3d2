"""What higher apps add to the catalog: tabs, cards and columns, and what follows an ingestion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.catalog.domain.records import EntityDetail
from apps.core.registry import Registry


def every_entity(entity: EntityDetail) -> bool:
    """Apply to every entity; the default of tabs."""
    return True


@dataclass(frozen=True)
class EntityTab:
    """
    A tab of the entity page.

    `url_name` is reversed with namespace, kind and name; its view renders the whole page of the
    tab. `count` may return the small number beside the label.
    """

    key: str
    label: str
    url_name: str
    applies_to: Callable[[EntityDetail], bool] = every_entity
    count: Callable[[EntityDetail], int | None] | None = None
    order: int = 100


@dataclass(frozen=True)
class EntityCard:
    """A card on an entity's overview; `render` returns None where it has nothing to say."""

    key: str
    render: Callable[[HttpRequest, EntityDetail], SafeString | None]
    column: Literal["main", "aside"] = "main"
    order: int = 100


@dataclass(frozen=True)
class EntityColumn:
    """A column of the catalog list; `values` answers for all rows of a page at once."""

    key: str
    label: str
    values: Callable[[Sequence[str]], Mapping[str, SafeString]]
    order: int = 100


@dataclass(frozen=True)
class IngestionListener:
    """
    A task to start when entities have changed.

    It gets `refs`: at most 500 changed, new or removed references; a large change sends several
    messages. Messages can be repeated, so the task must be safe twice.
    """

    key: str
    task_name: str
    order: int = 100


entity_tabs: Registry[EntityTab] = Registry("entity tab")
entity_cards: Registry[EntityCard] = Registry("entity card")
entity_columns: Registry[EntityColumn] = Registry("entity column")
ingestion_listeners: Registry[IngestionListener] = Registry("ingestion listener")
