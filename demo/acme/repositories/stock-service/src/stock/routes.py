"""The addresses of stock."""

from .stock import allocate, available


def get_available(values):
    """Return what can be sold in each warehouse."""
    return available(values["counts"], values["reserved"])


def allocate_stock(values):
    """Return what to take from where."""
    return allocate(int(values["wanted"]), values["free"])


ROUTES = {("POST", "/stock/available"): get_available, ("POST", "/stock/allocations"): allocate_stock}

PARAMETERS = {
    "get_available": {"counts": "object", "reserved": "object"},
    "allocate_stock": {"wanted": "integer", "free": "object"},
}
