"""The addresses of prices."""

from .prices import price


def get_price(values):
    """Return the price of a product in a country."""
    return {"cents": price(int(values["cents"]), values["country"])}


ROUTES = {("GET", "/prices"): get_price}

PARAMETERS = {"get_price": {"cents": "integer", "country": "string"}}
