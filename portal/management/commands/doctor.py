"""Check the configuration and everything the portal needs; say what to do."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.utils import timezone

from apps.core import health
from apps.core.health import Check
from apps.integrations.github import client
from apps.integrations.github.errors import GitHubError

OLDEST_POSTGRESQL = 150_000
NEEDED_BYTES = 500_000_000


class Command(BaseCommand):
    """Run every check and print one line for each."""

    help = "Checks configuration, files, database, broker, workers and forge; says what to do."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for check in _checks():
            failed += not check.ok
            sign = "ok  " if check.ok else "FAIL"
            self.stdout.write(f"{sign}  {check.name:<14} {check.message}")
        if failed:
            raise CommandError(f"{failed} checks failed; each line above says what to do.")


def _checks() -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("python", sys.version_info >= (3, 11), version)
    yield _git()
    yield from _configuration()
    yield from _files()
    services = health.check_all(now=timezone.now())
    yield from services
    if services[0].ok:
        yield _database_version()
    yield _forge()


def _git() -> Check:
    path = shutil.which("git")
    return Check("git", path is not None, path or "git is not on the PATH: install it.")


def _configuration() -> Iterator[Check]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    known = host in settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS
    yield Check(
        "address",
        known,
        settings.PUBLIC_URL
        if known
        else f"CALLBOARD_URL names {host}, which ALLOWED_HOSTS lacks: add it there.",
    )
    yield Check(
        "debug", not settings.DEBUG, "off" if not settings.DEBUG else "DEBUG is on: unset it."
    )
    yield Check(
        "webhooks",
        bool(settings.GITHUB_WEBHOOK_SECRET),
        "signed"
        if settings.GITHUB_WEBHOOK_SECRET
        else "Set GITHUB_WEBHOOK_SECRET, and the same at GitHub; deliveries are refused without.",
    )
    secure = urlsplit(settings.PUBLIC_URL).scheme == "https" or host in {"localhost", "127.0.0.1"}
    yield Check(
        "https",
        secure,
        "yes, or loopback" if secure else "People send passwords: put a TLS proxy in front.",
    )


def _files() -> Iterator[Check]:
    folder = settings.DATA_FOLDER.path
    if not folder.exists():
        return
    secrets = folder / "secrets"
    open_files = [
        path.name
        for path in ([*secrets.iterdir(), secrets] if secrets.exists() else [])
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    yield Check(
        "secret files",
        not open_files,
        "readable by their owner alone"
        if not open_files
        else f"{', '.join(open_files)} in {secrets} can be read by others: chmod go= them.",
    )
    free = shutil.disk_usage(folder).free
    yield Check(
        "disk",
        free > NEEDED_BYTES,
        f"{free / 1e9:.1f} GB free in {folder}"
        if free > NEEDED_BYTES
        else f"Only {free // 1_000_000} MB free in {folder}: make room.",
    )
    writable = os.access(folder, os.W_OK)
    yield Check("data folder", writable, f"{folder}" if writable else f"{folder} is read-only.")


def _database_version() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            number = int(cursor.fetchone()[0])
    except Error as error:
        return Check("postgresql", False, f"Its version cannot be read: {error}")
    major = number // 10_000
    if number < OLDEST_POSTGRESQL:
        return Check("postgresql", False, f"Version {major} is too old: 15 or newer is needed.")
    return Check("postgresql", True, f"version {major}")


def _forge() -> Check:
    try:
        login = client.signed_in_as()
    except GitHubError as error:
        return Check("forge", False, f"{settings.GITHUB_API_URL}: {error}")
    return Check("forge", True, f"{settings.GITHUB_URL}, signed in as {login}")
