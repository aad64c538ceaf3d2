"""Which products match, the best first."""


def words(text):
    """Return the words of a text as they are compared."""
    return [word for word in text.lower().replace("-", " ").split() if word]


def rank(products, text):
    """Return the products that have every word, those with the words in the title first."""
    wanted = words(text)
    found = []
    for product in products:
        title, rest = words(product["title"]), words(product.get("description", ""))
        if all(word in title or word in rest for word in wanted):
            found.append((-sum(word in title for word in wanted), product["title"], product))
    return [product for _, _, product in sorted(found, key=lambda row: row[:2])]
