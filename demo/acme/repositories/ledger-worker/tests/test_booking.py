import unittest

from ledger.booking import book, entries_of


class Booking(unittest.TestCase):
    def test_a_payment_is_split_into_money_and_fee(self):
        books = book({}, entries_of({"cents": 1000, "feeCents": 29, "seller": "acme"}))
        self.assertEqual(books, {"bank": 971, "fees": 29, "seller:acme": -1000})

    def test_the_books_sum_to_zero(self):
        books = book({}, entries_of({"cents": 999, "feeCents": 1, "seller": "acme"}))
        self.assertEqual(sum(books.values()), 0)

    def test_half_a_transaction_is_refused(self):
        with self.assertRaises(ValueError):
            book({}, [("bank", 1)])
