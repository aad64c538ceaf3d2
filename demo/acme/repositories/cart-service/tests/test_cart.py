import unittest

from cart.cart import MAX_LINES, merge, put


class Cart(unittest.TestCase):
    def test_holds_what_is_put_into_it(self):
        self.assertEqual(put({}, "anvil", 2), {"anvil": 2})

    def test_forgets_what_is_none(self):
        self.assertEqual(put({"anvil": 2}, "anvil", 0), {})

    def test_has_an_end(self):
        full = {str(n): 1 for n in range(MAX_LINES)}
        with self.assertRaises(ValueError):
            put(full, "one-more", 1)

    def test_keeps_the_larger_quantity_of_two(self):
        self.assertEqual(merge({"anvil": 1}, {"anvil": 3, "rope": 1}), {"anvil": 3, "rope": 1})
