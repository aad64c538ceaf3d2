"""What a person asks of the catalog list; the address of the page carries all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

FACETS: Mapping[str, str] = {
    "kind": "Kind",
    "type": "Type",
    "owner": "Owner",
    "lifecycle": "Lifecycle",
    "system": "System",
    "tag": "Tag",
}
SORTS: Sequence[str] = ("name", "-name", "type", "owner", "lifecycle", "system", "-updated")
PAGE_SIZES = (25, 50, 100)
MAX_VALUES = 50
MAX_TEXT = 200


class Parameters(Protocol):
    """The parameters of an address, such as Django's QueryDict."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """
    A question to the catalog: the chosen values of each facet are alternatives, facets add up.

    `mine` means owned by the person or their groups; `page` counts from 1. An empty `sort` is
    relevance where there is a text, else the name.
    """

    kind: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    lifecycle: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    text: str = ""
    mine: bool = False
    starred: bool = False
    with_errors: bool = False
    sort: str = ""
    page: int = 1
    page_size: int = PAGE_SIZES[0]

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> "EntityQuery":
        """Read the parameters of an address; what is not understood is left out."""

        def last(key: str) -> str:
            values = parameters.getlist(key)
            return values[-1] if values else ""

        def number(key: str) -> int:
            value = last(key)
            return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0

        facets = {
            key: tuple(value[:320] for value in parameters.getlist(key) if value)[:MAX_VALUES]
            for key in FACETS
        }
        page_size = number("page_size")
        return cls(
            **facets,
            text=last("q").replace("\0", "").strip()[:MAX_TEXT],
            mine=last("mine") == "1",
            starred=last("starred") == "1",
            with_errors=last("errors") == "1",
            sort=last("sort") if last("sort") in SORTS else "",
            page=max(1, number("page")),
            page_size=page_size if page_size in PAGE_SIZES else PAGE_SIZES[0],
        )

    def chosen(self, facet: str) -> tuple[str, ...]:
        """Return the chosen values of a facet of FACETS."""
        values: tuple[str, ...] = getattr(self, facet)
        return values
