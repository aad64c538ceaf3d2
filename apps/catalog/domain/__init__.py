"""The catalog's rules, in plain Python."""
