"""What a parcel costs to send."""

ZONES = {"SE": 1, "DK": 1, "DE": 2, "FR": 2, "US": 4}
BASE_CENTS = {1: 390, 2: 690, 4: 1990}


def rate(country, grams):
    """Return the price in cents; each started kilogram after the first adds a fifth."""
    zone = ZONES.get(country)
    if zone is None:
        raise ValueError(f"Nothing is sent to {country}.")
    kilograms = max(1, -(-grams // 1000))
    return BASE_CENTS[zone] + (kilograms - 1) * BASE_CENTS[zone] // 5
