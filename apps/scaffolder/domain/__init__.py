"""Pure rules of golden paths: no Django, no clock, no network."""
