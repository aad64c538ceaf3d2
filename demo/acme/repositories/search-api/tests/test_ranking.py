import unittest

from search.ranking import rank

PRODUCTS = [
    {"title": "Rope", "description": "Holds an anvil"},
    {"title": "Anvil", "description": "Heavy"},
    {"title": "Rocket skates", "description": "Fast"},
]


class Rank(unittest.TestCase):
    def titles(self, text):
        return [product["title"] for product in rank(PRODUCTS, text)]

    def test_puts_titles_before_descriptions(self):
        self.assertEqual(self.titles("anvil"), ["Anvil", "Rope"])

    def test_needs_every_word(self):
        self.assertEqual(self.titles("rocket rope"), [])

    def test_does_not_mind_capitals(self):
        self.assertEqual(self.titles("ROCKET"), ["Rocket skates"])
