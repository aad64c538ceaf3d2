"""Dockerfiles: stages, the base of the last one, and who runs in it."""

import re
from typing import Any

from apps.scorecards.facts.repository_files import RepositoryFiles

DOCKERFILES = r"(?:.*/)?(?:Dockerfile|Containerfile)"
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_MINIMAL = re.compile(r"distroless|^scratch$|chainguard|cgr\.dev|chiselled|wolfi|-static\b")
_SLIM = re.compile(r"slim|alpine|minimal|micro")
_COMPILER = re.compile(r"\b(build-essential|build-base|gcc|g\+\+|clang|make|cargo|golang)\b")
_ROOT = frozenset({"", "root", "0", "0:0", "root:root"})


def read_containers(files: RepositoryFiles) -> dict[str, Any]:
    """Return the fact `containers`; development images (Dockerfile.dev) are not looked at."""
    rows = []
    for path in files.matching(DOCKERFILES)[:10]:
        text = files.read(path)
        if text is not None:
            rows.append(parse_dockerfile(path, text))
    ignored = files.first([".dockerignore"]) or next(iter(files.matching(r".*\.dockerignore")), "")
    return {"dockerfiles": rows, "dockerignore": ignored or ""}


def parse_dockerfile(path: str, text: str) -> dict[str, Any]:
    """Return stages, base image, effective user and size class of a Dockerfile."""
    arguments: dict[str, str] = {}
    stages: list[dict[str, Any]] = []
    for number, line in _instructions(text):
        word, _, rest = line.partition(" ")
        word = word.upper()
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name.strip()] = default.strip().strip("'\"")
        elif word == "FROM":
            found = _FROM.match(line)
            if found:
                stages.append(_stage(found, number, arguments, stages))
        elif stages:
            _apply(stages[-1], word, rest, number)
    last = stages[-1] if stages else {**_EMPTY}
    small = _small(stages, last)
    return {
        "path": path,
        "line": last["user_line"] or last["line"],
        "from_line": last["line"],
        "stages": len(stages),
        "base": last["base"],
        "user": last["user"],
        "copies_from": last["copies_from"],
        "compiler": last["compiler"],
        "small": small,
        "nonroot": last["user"].lower() not in _ROOT,
    }


_EMPTY: dict[str, Any] = {
    "name": "", "base": "", "line": 1, "user": "", "user_line": 0, "copies_from": False,
    "compiler": "",
}  # fmt: skip


def _stage(
    found: re.Match[str], number: int, arguments: dict[str, str], stages: list[dict[str, Any]]
) -> dict[str, Any]:
    image = re.sub(
        r"\$\{?(\w+)(?::-([^}]*))?\}?",
        lambda m: arguments.get(m.group(1)) or m.group(2) or m.group(0),
        found.group(1),
    )
    stage = {**_EMPTY, "base": image[:200], "line": number, "name": (found.group(2) or "").lower()}
    parent = next((s for s in reversed(stages) if s["name"] and s["name"] == image.lower()), None)
    if parent is not None:
        for key in ("base", "user", "user_line", "copies_from", "compiler"):
            stage[key] = parent[key]
    elif image.endswith(":nonroot") or ":nonroot@" in image:
        stage["user"], stage["user_line"] = "nonroot", number
    return stage


def _apply(stage: dict[str, Any], word: str, rest: str, number: int) -> None:
    if word == "USER":
        stage["user"], stage["user_line"] = rest.strip().strip("'\"")[:60], number
    elif word == "COPY" and "--from=" in rest:
        stage["copies_from"] = True
    elif word == "RUN" and re.search(
        r"\b(apt-get|apk|dnf|yum|microdnf)\b.*\b(install|add)\b", rest
    ):
        found = _COMPILER.search(rest)
        # Installed and purged in one layer leaves nothing behind.
        if found and not re.search(r"\b(purge|del|remove)\b", rest):
            stage["compiler"] = found.group(1)


def _small(stages: list[dict[str, Any]], last: dict[str, Any]) -> bool:
    if last["compiler"]:
        return False
    multistage = len(stages) >= 2 and last["copies_from"]
    return bool(multistage or _MINIMAL.search(last["base"]) or _SLIM.search(last["base"]))


def _instructions(text: str) -> list[tuple[int, str]]:
    rows: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines()[:2000], start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start or number
        pending = f"{pending} {line}".strip()
        if pending.endswith("\\"):
            pending = pending[:-1].rstrip()
            continue
        rows.append((start, pending))
        pending, start = "", 0
    return [*rows, (start, pending)] if pending else rows
