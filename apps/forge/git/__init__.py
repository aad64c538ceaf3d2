"""Bare git repositories: the only place that runs git."""
