"""
GitHub, or the embedded forge, behind typed results and named errors.

`client.client_for(owner=…)` is the way in.
"""
