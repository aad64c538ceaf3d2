import unittest

from checkout.pricing import order_total
from checkout.server import answer

LINES = [{"quantity": 2, "unitCents": 1999}]


class OrderTotal(unittest.TestCase):
    def test_adds_tax_to_the_net(self):
        self.assertEqual(order_total(LINES), (3998, 1000, 4998))

    def test_rounds_the_discount_before_tax(self):
        self.assertEqual(order_total(LINES, discount_percent=15), (3398, 850, 4248))

    def test_refuses_an_order_without_lines(self):
        with self.assertRaises(ValueError):
            order_total([])


class Addresses(unittest.TestCase):
    def test_is_alive(self):
        self.assertEqual(answer("GET", "/healthz")[0], 200)

    def test_quotes_an_order(self):
        status, _, text = answer("POST", "/quotes", {"lines": LINES, "discountPercent": 0})
        self.assertEqual(status, 200)
        self.assertIn('"totalCents": 4998', text)
