"""What every page's template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.navigation import navigation_items


def page(request: HttpRequest) -> dict[str, Any]:
    """Add the product's name and the sidebar; counts are computed for signed-in people only."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "site_name": settings.SITE_NAME,
        "demonstration": settings.DEMONSTRATION,
        "navigation": [
            {
                "item": item,
                "count": item.count(user) if signed_in and item.count else None,
            }
            for item in navigation_items
        ]
        if signed_in
        else [],
    }
