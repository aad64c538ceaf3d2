"""How much of a product there is, and where."""


def available(counts, reserved):
    """Return what can be sold in each warehouse; never less than nothing."""
    return {place: max(0, count - reserved.get(place, 0)) for place, count in counts.items()}


def allocate(wanted, free):
    """Return what to take from where: from as few warehouses as possible."""
    taken = {}
    for place, count in sorted(free.items(), key=lambda row: (-row[1], row[0])):
        if wanted <= 0:
            break
        if count:
            taken[place] = min(count, wanted)
            wanted -= taken[place]
    if wanted > 0:
        raise ValueError(f"{wanted} are missing.")
    return taken
