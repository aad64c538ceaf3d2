import unittest

from fraud.score import decision, score


class Score(unittest.TestCase):
    def test_is_nothing_without_signals(self):
        self.assertEqual(score({}), 0)

    def test_adds_signals_up(self):
        self.assertEqual(score({"newAccount": True, "manyCards": True}), 60)

    def test_all_signals_mean_refusal(self):
        self.assertEqual(decision(score(dict.fromkeys(["newAccount", "otherCountry", "manyCards"], True))), "refuse")

    def test_night_and_a_new_account_are_looked_at(self):
        self.assertEqual(decision(score({"newAccount": True, "atNight": True})), "review")
