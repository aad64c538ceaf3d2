"""What a run hands out at its end: links and texts whose `if` holds."""

from typing import Any

from apps.scaffolder.domain.conditions import is_truthy

# Addresses that a browser would act on rather than open.
_SCHEMES = ("http://", "https://", "/", "mailto:")


def finished(rendered: Any) -> dict[str, Any]:
    """Return the rendered `output` without the items whose `if` is falsy, and without bad links."""
    if not isinstance(rendered, dict):
        return {}
    result = dict(rendered)
    for name in ("links", "text"):
        if name in result:
            items = result[name] if isinstance(result[name], list) else []
            result[name] = [_without_if(item) for item in items if _holds(item)]
    if "links" in result:
        result["links"] = [link for link in result["links"] if _is_usable(link)]
    return result


def _holds(item: Any) -> bool:
    return isinstance(item, dict) and ("if" not in item or is_truthy(item["if"]))


def _without_if(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "if"}


def _is_usable(link: dict[str, Any]) -> bool:
    url = link.get("url")
    if isinstance(url, str) and url:
        return url.lower().startswith(_SCHEMES)
    return bool(link.get("entityRef"))
