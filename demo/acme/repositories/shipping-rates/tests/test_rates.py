import unittest

from rates.rates import rate


class Rate(unittest.TestCase):
    def test_the_first_kilogram_is_the_base(self):
        self.assertEqual(rate("SE", 1000), 390)

    def test_a_started_kilogram_counts(self):
        self.assertEqual(rate("SE", 1001), 468)

    def test_says_where_nothing_is_sent(self):
        with self.assertRaises(ValueError):
            rate("AQ", 100)
