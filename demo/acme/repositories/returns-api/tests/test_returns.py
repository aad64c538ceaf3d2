import unittest
from datetime import date

from returns.returns import may_return


class MayReturn(unittest.TestCase):
    def test_within_thirty_days(self):
        self.assertEqual(may_return("rope", date(2026, 1, 1), date(2026, 1, 31))[0], True)

    def test_not_a_day_later(self):
        self.assertEqual(
            may_return("rope", date(2026, 1, 1), date(2026, 2, 1)), (False, "the last day was 2026-01-31")
        )

    def test_dynamite_stays(self):
        self.assertFalse(may_return("dynamite", date(2026, 1, 1), date(2026, 1, 2))[0])
