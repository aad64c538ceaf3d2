"""The subset of GitHub's REST API that the portal uses, under /api/v3 as on GitHub Enterprise."""
