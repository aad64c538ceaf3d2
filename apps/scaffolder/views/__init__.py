"""Pages of golden paths and runs."""
