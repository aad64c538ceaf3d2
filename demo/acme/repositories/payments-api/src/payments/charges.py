"""Charges: from authorised to captured, refunded or released."""

NEXT = {
    "authorised": {"captured", "released"},
    "captured": {"refunded"},
    "released": set(),
    "refunded": set(),
}


def move(state, wanted):
    """Return the state that is wanted, or say why it cannot be."""
    if wanted not in NEXT[state]:
        raise ValueError(f"A charge that is {state} cannot be {wanted}.")
    return wanted


def refundable(captured_cents, refunded_cents):
    """Return how much can be refunded still."""
    return max(0, captured_cents - refunded_cents)
