"""Starts and watches every process of the embedded defaults; `bin/up` ends here."""
