"""The address of the search."""

from .ranking import rank


def search_products(values):
    """Return the products that match a text."""
    return {"products": rank(values["products"], values["text"])}


ROUTES = {("POST", "/searches"): search_products}

PARAMETERS = {"search_products": {"products": "array", "text": "string"}}
