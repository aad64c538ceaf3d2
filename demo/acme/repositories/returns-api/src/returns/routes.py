"""The address of returns."""

from .returns import may_return, parse


def check_return(values):
    """Return whether a product may come back, and why."""
    allowed, why = may_return(values["category"], parse(values["deliveredOn"]), parse(values["today"]))
    return {"allowed": allowed, "why": why}


ROUTES = {("GET", "/returns/check"): check_return}

PARAMETERS = {"check_return": {"category": "string", "deliveredOn": "string", "today": "string"}}
