import unittest

from collector.events import clean


class Clean(unittest.TestCase):
    def test_keeps_what_is_not_personal(self):
        event = {"type": "viewed", "at": "2026-05-04", "sku": "anvil", "email": "w.e.coyote@acme.example", "ip": "192.0.2.7"}
        self.assertEqual(clean(event), {"type": "viewed", "at": "2026-05-04", "sku": "anvil"})

    def test_refuses_an_event_without_a_time(self):
        with self.assertRaises(ValueError):
            clean({"type": "viewed"})
