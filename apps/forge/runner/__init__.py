"""Runs the jobs of workflows on the machine of the forge; knows nothing of tables."""
