import unittest

from prices.prices import price


class Price(unittest.TestCase):
    def test_ends_with_99_in_germany(self):
        self.assertEqual(price(1250, "DE"), 1299)

    def test_is_whole_in_sweden(self):
        self.assertEqual(price(1250, "SE"), 1300)

    def test_does_not_rise_when_it_is_whole_already(self):
        self.assertEqual(price(1200, "SE"), 1200)
