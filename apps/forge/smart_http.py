"""Git over HTTP: clone, fetch and push (gitprotocol-http)."""

import logging
import os
import re
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.forge.api.call import authenticate
from apps.forge.errors import BadCredentials
from apps.forge.git import process
from apps.forge.git.objects import ZERO
from apps.forge.git.repository import GitRepository
from apps.forge.models import AccessToken, Account, Repository
from apps.forge.services import access, protection, pushes

logger = logging.getLogger(__name__)

MAX_PUSH_BYTES = 200 * 1024 * 1024
MAX_FETCH_REQUEST_BYTES = 10 * 1024 * 1024
TIMEOUT_SECONDS = 300
_CHUNK = 64 * 1024
_COMMAND = re.compile(rb"([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)")
_VERSION = re.compile(r"version=[0-2]")


class _Refused(Exception):
    """The request ends here with this answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = HttpResponse(f"{text}\n", status=status, content_type="text/plain")
        if status == 401:
            self.response["WWW-Authenticate"] = 'Basic realm="Embedded forge"'


@csrf_exempt
def info_refs(request: HttpRequest, owner: str, repo: str) -> HttpResponseBase:
    """Tell which refs there are: the first request of every fetch and push."""
    service = request.GET.get("service", "")
    if service not in {"git-upload-pack", "git-receive-pack"} or request.method != "GET":
        return HttpResponse("Only git's smart protocol is spoken here.\n", status=403)
    try:
        repository, _ = _enter(request, owner, repo, write=service == "git-receive-pack")
    except _Refused as refusal:
        return refusal.response
    name = service.removeprefix("git-")
    done = subprocess.run(
        process.service(name, repository.folder, "--advertise-refs"),
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        env=_environment(request),
        check=False,
    )
    if done.returncode != 0:
        logger.error("%s of %s: %s", service, repository, done.stderr.decode(errors="replace"))
        return HttpResponse("The repository cannot be read.\n", status=500)
    body = done.stdout
    if not _environment(request).get("GIT_PROTOCOL", "").endswith("2"):
        line = f"# service={service}\n".encode()
        body = f"{len(line) + 4:04x}".encode() + line + b"0000" + body
    response = HttpResponse(body, content_type=f"application/x-{service}-advertisement")
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt
def upload_pack(request: HttpRequest, owner: str, repo: str) -> HttpResponseBase:
    """Send the objects a clone or fetch asks for."""
    try:
        repository, _ = _enter(request, owner, repo, write=False)
        _check_post(request, "git-upload-pack")
        with _body(request, MAX_FETCH_REQUEST_BYTES) as body:
            sending = subprocess.Popen(
                process.service("upload-pack", repository.folder),
                stdin=body,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(request),
            )
    except _Refused as refusal:
        return refusal.response
    response = StreamingHttpResponse(
        _output(sending), content_type="application/x-git-upload-pack-result"
    )
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt
def receive_pack(request: HttpRequest, owner: str, repo: str) -> HttpResponseBase:
    """Take the objects of a push, and start what follows it."""
    try:
        repository, sender = _enter(request, owner, repo, write=True)
        _check_post(request, "git-receive-pack")
        assert sender is not None  # noqa: S101  # writing needs a token
        with _body(request, MAX_PUSH_BYTES) as body:
            asked = _commands(body)
            output = _receive(request, repository, sender, body, asked)
    except _Refused as refusal:
        return refusal.response
    with transaction.atomic():
        for ref, (before, after) in _moved(repository, asked).items():
            pushes.ref_moved(
                repository=repository, ref=ref, before=before, after=after, sender=sender
            )
    response = HttpResponse(output, content_type="application/x-git-receive-pack-result")
    response["Cache-Control"] = "no-cache"
    return response


def _enter(
    request: HttpRequest, owner: str, repo: str, *, write: bool
) -> tuple[Repository, Account | None]:
    account: Account | None
    token: AccessToken | None
    try:
        account, token = authenticate(request)
    except BadCredentials as error:
        raise _Refused(401, "The token is not known. Use it as the password.") from error
    found = Repository.objects.named(owner, repo.removesuffix(".git")).first()
    role = access.role_on(found, account, token) if found else None
    if account is None and (role is None or write):
        raise _Refused(401, "Repository access needs a token as the password.")
    if found is None or role is None:
        raise _Refused(404, "Repository not found.")
    if write and not access.includes(role, "push"):
        raise _Refused(403, f"Write access to {found.full_name} is not granted.")
    if write and found.archived:
        raise _Refused(403, "This repository was archived so it is read-only.")
    return found, account


def _check_post(request: HttpRequest, service: str) -> None:
    if request.method != "POST":
        raise _Refused(405, "Only POST is understood here.")
    if request.content_type != f"application/x-{service}-request":
        raise _Refused(415, f"The content type must be application/x-{service}-request.")


def _body(request: HttpRequest, most: int) -> IO[bytes]:
    """Return the request's body as a file, unpacked, refused above `most` bytes."""
    stream: IO[bytes] = request  # type: ignore[assignment]  # reads as a file does
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        # Django's own stream ends at Content-Length, which a chunked request has not.
        stream = request.META["wsgi.input"]
    packed = request.headers.get("Content-Encoding", "") in {"gzip", "x-gzip"}
    # Unbuffered: git reads the file by its descriptor, from where it stands.
    kept: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # the caller closes it
    try:
        _copy(stream, kept, packed=packed, most=most)
    except _Refused:
        kept.close()
        raise
    kept.seek(0)
    return kept


def _copy(stream: IO[bytes], kept: IO[bytes], *, packed: bool, most: int) -> None:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed else None
    size = 0
    while chunk := stream.read(_CHUNK):
        try:
            # Bounded, so that a small request cannot become a large one in memory.
            data = unpacker.decompress(chunk, most) if unpacker else chunk
        except zlib.error as error:
            raise _Refused(400, "The request body is not valid gzip.") from error
        size += len(data)
        if size > most or (unpacker and unpacker.unconsumed_tail):
            raise _Refused(413, f"A request may have at most {most // 1024 // 1024} MB.")
        kept.write(data)


def _commands(body: IO[bytes]) -> dict[str, tuple[str, str]]:
    """Return what a push asks for, as {ref: (before, after)}; the file is at its start again."""
    asked: dict[str, tuple[str, str]] = {}
    while (head := body.read(4)) and head != b"0000":
        try:
            length = int(head, 16)
        except ValueError as error:
            raise _Refused(400, "The push is not in git's protocol.") from error
        line = body.read(length - 4) if length > 4 else b""
        if length < 4 or len(line) != length - 4:
            raise _Refused(400, "The push is not in git's protocol.")
        if match := _COMMAND.match(line):
            before, after = match[1].decode(), match[2].decode()
            asked[match[3].decode(errors="replace")] = (before, after)
    body.seek(0)
    return asked


def _receive(
    request: HttpRequest,
    repository: Repository,
    sender: Account,
    body: IO[bytes],
    asked: dict[str, tuple[str, str]],
) -> bytes:
    if not os.access(process.HOOKS / "update", os.X_OK):
        # Git passes over a hook that it may not execute, and with it every protection.
        raise _Refused(503, "The forge is not installed completely: its update hook cannot run.")
    lines = []
    for ref, (_, after) in asked.items():
        if not ref.startswith("refs/heads/"):
            continue
        branch = ref.removeprefix("refs/heads/")
        rules = protection.rules_for(repository=repository, branch=branch, after=after, by=sender)
        if words := rules.words():
            lines.append(f"{ref} {' '.join(words)}")
    try:
        done = subprocess.run(
            process.service("receive-pack", repository.folder),
            stdin=body,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            env=_environment(request, FORGE_PROTECTION="\n".join(lines)),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _Refused(503, "The push took too long.") from error
    if done.returncode != 0 and not done.stdout:
        raise _Refused(400, "Git refused the push.")
    return done.stdout


def _moved(repository: Repository, asked: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return which of the refs that were to move did so."""
    if not asked:
        return {}
    now = {ref.name: ref.sha for ref in GitRepository(repository.folder).refs()}
    return {
        ref: (before, after)
        for ref, (before, after) in asked.items()
        if now.get(ref, ZERO) == after and before != after
    }


def _output(sending: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert sending.stdout is not None  # noqa: S101  # asked for above
    try:
        while chunk := sending.stdout.read(_CHUNK):
            yield chunk
    finally:
        # Also when the client has gone away.
        sending.stdout.close()
        sending.terminate()
        sending.wait()


def _environment(request: HttpRequest, **extra: str) -> dict[str, str]:
    version = request.headers.get("Git-Protocol", "")
    protocol = {"GIT_PROTOCOL": version} if _VERSION.fullmatch(version) else {}
    return process.environment(**protocol, **extra)
