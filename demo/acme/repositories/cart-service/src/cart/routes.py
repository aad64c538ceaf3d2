"""The addresses of carts."""

from .cart import merge, put


def put_line(values):
    """Put a product into a cart."""
    return {"cart": put(values["cart"], values["sku"], int(values["quantity"]))}


def merge_carts(values):
    """Make one cart of two."""
    return {"cart": merge(values["mine"], values["found"])}


ROUTES = {("POST", "/carts/lines"): put_line, ("POST", "/carts/merge"): merge_carts}

PARAMETERS = {
    "put_line": {"cart": "object", "sku": "string", "quantity": "integer"},
    "merge_carts": {"mine": "object", "found": "object"},
}
