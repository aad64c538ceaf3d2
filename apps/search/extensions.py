"""What can be found: each app registers a source of hits and, for the palette, of commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.accounts.permissions import Actor
from apps.core.registry import Registry


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is, what it is, and a line that tells it from its likes."""

    title: str
    url: str
    kind: str
    subtitle: str = ""
    icon: str = "entity"


Search = Callable[[Actor, str, int], Sequence[Hit]]


@dataclass(frozen=True)
class SearchSource:
    """
    A group of hits under `label`.

    `search(actor, text, limit)` returns the best first and only what the actor may see; it takes
    one query and decides about typing errors itself. With an empty text it may suggest.
    """

    key: str
    label: str
    search: Search
    order: int = 100


search_sources: Registry[SearchSource] = Registry("search source")
