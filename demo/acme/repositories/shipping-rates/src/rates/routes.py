"""The address of rates."""

from .rates import rate


def get_rate(values):
    """Return what a parcel costs to send."""
    return {"cents": rate(values["country"], int(values["grams"]))}


ROUTES = {("GET", "/rates"): get_rate}

PARAMETERS = {"get_rate": {"country": "string", "grams": "integer"}}
