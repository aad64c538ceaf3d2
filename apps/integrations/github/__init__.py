"""
GitHub, or the embedded forge, behind typed results and named errors.

`client_for(...)` is the way in: `from apps.integrations import github`, `github.client_for(owner=…)`.
"""
