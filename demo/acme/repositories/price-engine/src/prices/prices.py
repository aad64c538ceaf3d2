"""Prices by country, with the rounding that each country expects."""

ENDINGS = {"SE": 0, "DE": 99, "GB": 99, "US": 95}


def price(cents, country):
    """Return a price that ends as the country expects."""
    ending = ENDINGS.get(country)
    if ending is None:
        raise ValueError(f"Nothing is sold in {country}.")
    whole = cents // 100
    return (whole + 1) * 100 if ending == 0 else whole * 100 + ending
