"""GitHub's JSON for each kind of thing; fields and their order of truth are GitHub's OpenAPI."""
