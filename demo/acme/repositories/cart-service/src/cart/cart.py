"""A cart: what is in it, and what it may hold."""

MAX_LINES = 100


def put(cart, sku, quantity):
    """Return the cart with this many of a product; none takes it out."""
    changed = {**cart, sku: quantity} if quantity > 0 else {k: v for k, v in cart.items() if k != sku}
    if len(changed) > MAX_LINES:
        raise ValueError(f"A cart has {MAX_LINES} lines at most.")
    return changed


def merge(mine, found):
    """Return both carts in one, when somebody signs in; the larger quantity wins."""
    return {sku: max(mine.get(sku, 0), found.get(sku, 0)) for sku in {**mine, **found}}
