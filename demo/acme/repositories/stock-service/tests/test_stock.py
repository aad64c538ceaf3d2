import unittest

from stock.stock import allocate, available


class Stock(unittest.TestCase):
    def test_is_what_is_not_reserved(self):
        self.assertEqual(available({"lund": 5, "graz": 1}, {"graz": 3}), {"lund": 5, "graz": 0})

    def test_comes_from_one_warehouse_if_it_can(self):
        self.assertEqual(allocate(4, {"lund": 5, "graz": 4}), {"lund": 4})

    def test_comes_from_two_if_it_must(self):
        self.assertEqual(allocate(7, {"lund": 5, "graz": 4}), {"lund": 5, "graz": 2})

    def test_is_not_promised_twice(self):
        with self.assertRaisesRegex(ValueError, "1 are missing"):
            allocate(10, {"lund": 5, "graz": 4})
