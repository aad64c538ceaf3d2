"""Checks what belongs to no test: no migration is missing, and production passes check --deploy."""

import os
import subprocess
import sys

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings.production",
    "SECRET_KEY": "check-" + "s9K2x" * 12,
    "CALLBOARD_ENCRYPTION_KEY": "check-" + "e7Q4w" * 12,
    "ALLOWED_HOSTS": "portal.example",
    "CALLBOARD_URL": "https://portal.example",
    "GITHUB_URL": "https://github.com",
    "GITHUB_TOKEN": "check",
    "GITHUB_WEBHOOK_SECRET": "check",
}


def main() -> int:
    """Run both checks; neither needs a database that answers."""
    missing = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
    )
    deploy = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **PRODUCTION},
    )
    return missing.returncode or deploy.returncode


if __name__ == "__main__":
    sys.exit(main())
