"""Takes events of the shop, checks them and drops what nobody may keep."""

REQUIRED = ("type", "at")
NEVER_KEPT = {"email", "name", "address", "cardNumber"}


def clean(event):
    """Return the event without what is personal."""
    missing = [key for key in REQUIRED if key not in event]
    if missing:
        raise ValueError(f"An event has {', '.join(missing)}.")
    return {key: value for key, value in event.items() if key not in NEVER_KEPT}
