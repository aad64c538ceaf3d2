"""Real worker processes for the tests of crashes."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings

from apps.scaffolder.models import Run

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a worker on the tests' own database and forge."""
    parts = urlsplit(settings.DATABASE_URL)
    name = str(settings.DATABASES["default"]["NAME"])
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "DATABASE_URL": parts._replace(path=f"/{quote(name)}").geturl(),
        "CALLBOARD_DATA": str(folder),
        "CALLBOARD_URL": settings.PUBLIC_URL,
        "GITHUB_URL": settings.GITHUB_URL,
        "GITHUB_API_URL": settings.GITHUB_API_URL,
        "GITHUB_TOKEN": settings.GITHUB_TOKEN,
        "GITHUB_WRITE_SPACING_SECONDS": "0",
        "FILE_LOCATION_ROOTS": ",".join(settings.FILE_LOCATION_ROOTS),
        **more,
    }


def worker(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """Start `manage.py runner` with these arguments and variables."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "runner", *arguments],
        cwd=ROOT,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended(process: subprocess.Popen[bytes], *, seconds: float = 90) -> tuple[int, str]:
    """Wait for a worker; return its code and what it said."""
    output, _ = process.communicate(timeout=seconds)
    return process.returncode, output.decode(errors="replace")


def claimed_by(folder: Path, run: Run, **more: str) -> tuple[int, str]:
    """Let a worker process of its own execute one run."""
    return ended(worker(folder, "--run", str(run.pk), **more))
