"""Logs of jobs, and the short-lived addresses that they are fetched from."""

import io
import re
import zipfile
from collections.abc import Iterable

from django.conf import settings
from django.core import signing

from apps.forge.models import WorkflowJob
from apps.forge.runner.limits import Limits

ADDRESS_SECONDS = 60
_SALT = "forge-logs"


def read_log(job: WorkflowJob, *, offset: int = 0) -> bytes:
    """Return the log of a job from a byte on; empty before its first line."""
    try:
        with job.log_file.open("rb") as file:
            file.seek(offset)
            return file.read(Limits().log_bytes + 1024 * 1024)
    except FileNotFoundError:
        return b""


def signed_address(kind: str, id: int) -> str:
    """Return an address that shows a log for a minute without a token, as GitHub's do."""
    ticket = signing.dumps([kind, id], salt=_SALT)
    return f"{settings.EMBEDDED_FORGE_URL}/_logs/{ticket}"


def open_ticket(ticket: str) -> tuple[str, int] | None:
    """Return what a signed address is for, or None if it is wrong or too old."""
    try:
        kind, id = signing.loads(ticket, salt=_SALT, max_age=ADDRESS_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(kind), int(id)


def archive(jobs: Iterable[WorkflowJob]) -> bytes:
    """Return the logs of jobs as a zip archive, one file for each."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for number, job in enumerate(jobs):
            name = re.sub(r"[^A-Za-z0-9 ,.()_-]", "_", job.name)[:100]
            made.writestr(f"{number}_{name}.txt", read_log(job))
    return buffer.getvalue()
