"""The worker: jobs, a loop that does them, a place they come from."""

import json
import pkgutil

_ABOUT = json.loads(pkgutil.get_data(__name__, "about.json") or b"{}")

NAME: str = _ABOUT["name"]
DESCRIPTION: str = _ABOUT["description"]
VERSION = "0.1.0"
