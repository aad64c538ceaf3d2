import unittest

from payments.charges import move, refundable
from payments.server import answer


class Charges(unittest.TestCase):
    def test_are_captured_after_they_were_authorised(self):
        self.assertEqual(move("authorised", "captured"), "captured")

    def test_are_not_refunded_before_they_were_captured(self):
        with self.assertRaisesRegex(ValueError, "authorised cannot be refunded"):
            move("authorised", "refunded")

    def test_are_never_refunded_twice(self):
        self.assertEqual(refundable(1000, 1000), 0)

    def test_a_wrong_move_is_told(self):
        self.assertEqual(answer("POST", "/charges/state", {"state": "released", "wanted": "captured"})[0], 422)
