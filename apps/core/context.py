"""What every page's template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.navigation import navigation_items
from apps.core.templatetags.ui_links import split_ref
from apps.core.templatetags.ui_marks import kind_icon_name

# More stars than fit beside the sidebar's entries are found under the catalog's tab.
STARS_SHOWN = 12


def page(request: HttpRequest) -> dict[str, Any]:
    """Add the product's name and the sidebar; counts are computed for signed-in people only."""
    user = getattr(request, "user", None)
    common = {
        "site_name": settings.SITE_NAME,
        "demonstration": settings.DEMONSTRATION,
        "theme": request.COOKIES.get("theme", "system"),
        "navigation": [],
        "starred": [],
    }
    if user is None or not user.is_authenticated:
        return common
    return common | {
        "theme": user.theme,
        "navigation": [
            {"item": item, "count": item.count(user) if item.count else None}
            for item in navigation_items
        ],
        "starred": [_star(ref) for ref in user.starred[:STARS_SHOWN]],
    }


def _star(ref: str) -> dict[str, str]:
    kind, _, name = split_ref(ref)
    return {"ref": ref, "name": name, "icon": kind_icon_name(kind)}
