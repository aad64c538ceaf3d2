import unittest
from datetime import datetime, timedelta

from sessions.sessions import IDLE, LONGEST, is_valid

NOW = datetime(2026, 5, 4, 12)


class Session(unittest.TestCase):
    def test_goes_on_while_it_is_used(self):
        self.assertTrue(is_valid(NOW - LONGEST, NOW - IDLE, NOW))

    def test_ends_when_nobody_comes_back(self):
        self.assertFalse(is_valid(NOW - IDLE, NOW - IDLE - timedelta(seconds=1), NOW))

    def test_ends_after_a_long_day(self):
        self.assertFalse(is_valid(NOW - LONGEST - timedelta(seconds=1), NOW, NOW))
