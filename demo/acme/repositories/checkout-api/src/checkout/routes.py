"""The addresses of the checkout."""

from .pricing import order_total


def quote_order(values):
    """Return what an order would cost."""
    net, tax, total = order_total(values["lines"], discount_percent=int(values["discountPercent"]))
    return {"netCents": net, "taxCents": tax, "totalCents": total}


def delivery_days(values):
    """Return the days on which an order can be delivered."""
    first = int(values["leadDays"])
    return {"country": values["country"], "days": [first, first + 1, first + 2]}


ROUTES = {("POST", "/quotes"): quote_order, ("GET", "/delivery-days"): delivery_days}

PARAMETERS = {
    "quote_order": {"lines": "array", "discountPercent": "integer"},
    "delivery_days": {"country": "string", "leadDays": "integer"},
}
