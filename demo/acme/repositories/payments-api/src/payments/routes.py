"""The addresses of payments."""

from .charges import move, refundable


def move_charge(values):
    """Capture, refund or release a charge."""
    return {"state": move(values["state"], values["wanted"])}


def get_refundable(values):
    """Return how much of a charge can be refunded."""
    left = refundable(int(values["capturedCents"]), int(values["refundedCents"]))
    return {"refundableCents": left}


ROUTES = {("POST", "/charges/state"): move_charge, ("GET", "/charges/refundable"): get_refundable}

PARAMETERS = {
    "move_charge": {"state": "string", "wanted": "string"},
    "get_refundable": {"capturedCents": "integer", "refundedCents": "integer"},
}
