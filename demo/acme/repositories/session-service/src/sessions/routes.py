"""The address of sessions."""

from datetime import datetime

from .sessions import is_valid


def check_session(values):
    """Return whether a session may go on."""
    moments = [datetime.fromisoformat(values[key]) for key in ("begun", "seen", "now")]
    return {"valid": is_valid(*moments)}


ROUTES = {("GET", "/sessions/check"): check_session}

PARAMETERS = {"check_session": {"begun": "string", "seen": "string", "now": "string"}}
