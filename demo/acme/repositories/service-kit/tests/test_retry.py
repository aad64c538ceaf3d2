import unittest

from service_kit.retry import delays, retry


class Retry(unittest.TestCase):
    def test_waits_twice_as_long_each_time(self):
        self.assertEqual(list(delays(4, first=1, jitter=lambda: 1)), [1, 2, 4])

    def test_returns_what_came_in_the_end(self):
        answers = iter([OSError(), OSError(), "here"])

        def call():
            answer = next(answers)
            if isinstance(answer, OSError):
                raise answer
            return answer

        self.assertEqual(retry(call, sleep=lambda _: None), "here")

    def test_gives_up(self):
        def call():
            raise OSError("no")

        with self.assertRaises(OSError):
            retry(call, attempts=2, sleep=lambda _: None)
