"""@@description@@."""
