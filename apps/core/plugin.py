"""What core adds to the portal: the first entry of the sidebar."""

from apps.core.navigation import NavigationItem, navigation_items


def register() -> None:
    """Add Home to the sidebar."""
    navigation_items.register(
        NavigationItem(
            key="home", label="Home", url_name="home", icon="home", order=0, shortcut="g h"
        )
    )
