"""The address of the score."""

from .score import decision, score


def score_order(values):
    """Return score and decision for an order."""
    points = score(values["signals"])
    return {"score": points, "decision": decision(points)}


ROUTES = {("POST", "/scores"): score_order}

PARAMETERS = {"score_order": {"signals": "object"}}
