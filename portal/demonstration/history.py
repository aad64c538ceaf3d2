"""The commits of a repository of Acme, and their way to the forge by `git push`."""

import base64
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from portal.demonstration.repositories import ORGANIZATION, DemoRepository

TIMEOUT_SECONDS = 60
# The first commits: what they say, and which files come with them.
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("README.md", ".gitignore", "pyproject.toml", "package.json")),
    ("Do what it is for", ("src/",)),
    ("Test it", ("tests/", "test/")),
    ("Describe the contract", ("openapi.json",)),
    ("Run the tests on every change", (".github/workflows/",)),
    ("Build a container", ("Dockerfile", ".dockerignore")),
    ("Write down how it works and what to do at night", ("docs/", "mkdocs.yml")),
    ("Name who reviews, let a bot update", (".github/",)),
    ("Register in the catalog", ("",)),
)
FIRST_DAY = 150


@dataclass(frozen=True)
class Commit:
    """One commit: what it changes of the tree, and whether a push follows."""

    author: str
    at: datetime
    message: str
    files: Mapping[str, str]
    push: bool


def commits_of(repository: DemoRepository, *, now: datetime) -> list[Commit]:
    """
    Return the commits, oldest first; the last one leaves the files as they are in `files`.

    :raises ValueError: if a change does not fit the files
    """
    files = dict(repository.files)
    for change in reversed(repository.changes):
        files[change.path] = _swapped(files[change.path], change.after, change.before, repository)
    commits: list[Commit] = []
    left = dict(files)
    for number, (message, prefixes) in enumerate(STAGES):
        chosen = {path: text for path, text in left.items() if path.startswith(prefixes)}
        if chosen:
            left = {path: text for path, text in left.items() if path not in chosen}
            author = repository.people[number % len(repository.people)]
            at = now - timedelta(days=FIRST_DAY - 14 * number, hours=number * 3 % 7)
            commits.append(Commit(author, at, message, chosen, push=False))
    for change in repository.changes:
        files[change.path] = _swapped(files[change.path], change.before, change.after, repository)
        at = now - timedelta(days=change.days, hours=2)
        changed = {change.path: files[change.path]}
        commits.append(Commit(change.by, at, change.say, changed, push=change.push))
    return commits


def _swapped(text: str, old: str, new: str, repository: DemoRepository) -> str:
    if not old:
        return text + new
    if old not in text:
        raise ValueError(f"{repository.name}: nothing is {old[:60]!r}.")
    return text.replace(old, new, 1)


def push_history(
    repository: DemoRepository, *, names: Mapping[str, str], token: str, now: datetime
) -> int:
    """
    Make the commits with one `git fast-import` and push them; return how many pushes there were.

    A commit before which something is to be pushed is pushed apart, so that its pipeline runs.
    `names` are people's display names by login.

    :raises subprocess.CalledProcessError: if git fails
    """
    commits = commits_of(repository, now=now)
    points = [i for i, commit in enumerate(commits) if i + 1 < len(commits) and commits[i + 1].push]
    points.append(len(commits) - 1)
    address = f"{settings.GITHUB_URL}/{ORGANIZATION}/{repository.name}.git"
    with tempfile.TemporaryDirectory(prefix="acme-") as folder:
        _git(Path(folder), "init", "--quiet", "--bare", "--initial-branch=main", ".")
        stream = b"".join(_stream(commits, names, repository.executables))
        marks = Path(folder) / "marks"
        _git(Path(folder), "fast-import", "--quiet", f"--export-marks={marks}", feed=stream)
        shas = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
        for point in points:
            refspec = f"{shas[f':{point + 1}']}:refs/heads/main"
            _git(Path(folder), "push", "--quiet", address, refspec, token=token)
    return len(points)


def _stream(
    commits: list[Commit], names: Mapping[str, str], executables: frozenset[str]
) -> Iterator[bytes]:
    for number, commit in enumerate(commits, start=1):
        name = names.get(commit.author, commit.author)
        who = f"{name} <{commit.author}@acme.example> {int(commit.at.timestamp())} +0000"
        message = commit.message.encode()
        yield f"commit refs/heads/main\nmark :{number}\n".encode()
        yield f"author {who}\ncommitter {who}\ndata {len(message)}\n".encode() + message + b"\n"
        for path, text in commit.files.items():
            content = text.encode()
            mode = "100755" if path in executables else "100644"
            yield f"M {mode} inline {path}\ndata {len(content)}\n".encode() + content + b"\n"


def _git(folder: Path, *arguments: str, feed: bytes = b"", token: str = "") -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if token:
        # By the environment, so that the token is in no list of processes.
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    subprocess.run(
        ["git", *arguments],  # noqa: S607 - the git of the machine, as everywhere
        cwd=folder,
        input=feed,
        env=environment,
        check=True,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
    )
