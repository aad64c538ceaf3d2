"""How likely an order is fraud, from 0 to 100."""

WEIGHTS = {"newAccount": 25, "otherCountry": 20, "manyCards": 35, "atNight": 10}


def score(signals):
    """Return the sum of the weights of the signals that are on."""
    return min(100, sum(weight for name, weight in WEIGHTS.items() if signals.get(name)))


def decision(points):
    """Return what to do at this score."""
    return "refuse" if points >= 80 else "review" if points >= 40 else "accept"
