"""The sidebar: each app registers its entries."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.core.registry import Registry


@dataclass(frozen=True)
class NavigationItem:
    """
    An entry of the sidebar.

    `icon` names a symbol of static/icons/sprite.svg, `shortcut` the keys that lead there
    ("g c"), `count` returns the number beside the label for a user (one cheap query) or None.
    """

    key: str
    label: str
    url_name: str
    icon: str
    order: int = 100
    shortcut: str = ""
    count: Callable[[object], int | None] | None = None


navigation_items: Registry[NavigationItem] = Registry("navigation item")
