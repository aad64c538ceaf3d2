"""Typed registries: the one way in which a higher app adds something to a lower one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar


class Registrable(Protocol):
    """What a registry holds: something with a unique key and a place in the order."""

    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...


class AlreadyRegistered(Exception):
    """Two items claim the same key in one registry."""


class NotRegistered(LookupError):
    """Nothing in the registry has this key."""


Item = TypeVar("Item", bound=Registrable)


class Registry(Generic[Item]):
    """Items by key, iterated by (order, key)."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._items: dict[str, Item] = {}

    def register(self, item: Item) -> Item:
        """
        Add an item.

        :raises AlreadyRegistered: if another item has the same key
        """
        known = self._items.get(item.key)
        if known is not None and known != item:
            raise AlreadyRegistered(
                f"Two things are registered as {self._noun} {item.key!r}: {known!r} and {item!r}. "
                "Give one of them another key."
            )
        self._items[item.key] = item
        return item

    def get(self, key: str) -> Item:
        """
        Return the item with this key.

        :raises NotRegistered: if there is none
        """
        try:
            return self._items[key]
        except KeyError:
            known = ", ".join(sorted(self._items)) or "none"
            raise NotRegistered(f"There is no {self._noun} {key!r}. Known: {known}.") from None

    def find(self, key: str) -> Item | None:
        """Return the item with this key, or None."""
        return self._items.get(key)

    @contextmanager
    def temporarily(self, item: Item) -> Iterator[Item]:
        """Register an item for the length of a `with` block; for tests."""
        before = self._items.get(item.key)
        self._items[item.key] = item
        try:
            yield item
        finally:
            if before is None:
                del self._items[item.key]
            else:
                self._items[item.key] = before

    def __iter__(self) -> Iterator[Item]:
        return iter(sorted(self._items.values(), key=lambda item: (item.order, item.key)))

    def __len__(self) -> int:
        return len(self._items)
