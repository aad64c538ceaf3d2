"""What an order costs: lines, discount, tax."""


def order_total(lines, *, discount_percent=0, tax_percent=25):
    """Return (net, tax, total) in cents; the discount is rounded before tax."""
    if not lines:
        raise ValueError("An order has at least one line.")
    net = sum(line["quantity"] * line["unitCents"] for line in lines)
    net -= round(net * discount_percent / 100)
    tax = round(net * tax_percent / 100)
    return net, tax, net + tax
