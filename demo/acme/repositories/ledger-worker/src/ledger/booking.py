"""Books payments: every transaction sums to zero."""


def book(books, entries):
    """Return the books with a transaction added; `entries` is a list of (account, cents)."""
    if sum(cents for _, cents in entries) != 0:
        raise ValueError("The entries of a transaction sum to zero.")
    changed = dict(books)
    for account, cents in entries:
        changed[account] = changed.get(account, 0) + cents
    return changed


def entries_of(event):
    """Return the entries that a payment event means."""
    cents, fee = event["cents"], event["feeCents"]
    return [("bank", cents - fee), ("fees", fee), (f"seller:{event['seller']}", -cents)]


def main():
    """Wait for events; the platform's runtime hands them over one by one."""
    books = {}
    while (event := read_event()) is not None:
        books = book(books, entries_of(event))


def read_event():
    """Return the next event of the topic, or None when it is closed."""
    return None
