"""Ask the service in this container whether it is ready; for Docker's HEALTHCHECK."""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Return 0 if /readyz answers 200."""
    url = f"http://127.0.0.1:{os.environ.get('PORT', '8080')}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, TimeoutError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
