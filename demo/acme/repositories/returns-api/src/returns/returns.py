"""What may come back, and until when."""

from datetime import date, timedelta

PERIOD = timedelta(days=30)
NEVER = {"underwear", "food", "dynamite"}


def may_return(category, delivered_on, today):
    """Return (whether, why) a product may come back."""
    if category in NEVER:
        return False, f"{category} cannot be returned"
    last = delivered_on + PERIOD
    if today > last:
        return False, f"the last day was {last.isoformat()}"
    return True, f"until {last.isoformat()}"


def parse(text):
    """Return the day of an ISO date."""
    return date.fromisoformat(text)
