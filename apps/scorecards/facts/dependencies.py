"""Manifests, the lock files beside them, and the bot that updates them."""

import posixpath
import re
from typing import Any

from apps.scorecards.facts.pipelines import Parse, read_json
from apps.scorecards.facts.repository_files import RepositoryFiles

_PYTHON_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "requirements.txt", "requirements.lock")
_NODE_LOCKS = (
    "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock",
)  # fmt: skip
# manifest name → (ecosystem as Dependabot names it, names of its lock files)
MANIFESTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pyproject.toml": ("pip", _PYTHON_LOCKS),
    "setup.py": ("pip", ("uv.lock", "requirements.txt", "requirements.lock")),
    "requirements.in": ("pip", ("requirements.txt",)),
    "requirements.txt": ("pip", ("requirements.txt",)),
    "package.json": ("npm", _NODE_LOCKS),
    "go.mod": ("gomod", ("go.sum",)),
    "Cargo.toml": ("cargo", ("Cargo.lock",)),
    "Gemfile": ("bundler", ("Gemfile.lock",)),
    "composer.json": ("composer", ("composer.lock",)),
    "build.gradle": ("gradle", ("gradle.lockfile",)),
    "build.gradle.kts": ("gradle", ("gradle.lockfile",)),
}  # fmt: skip
_RENOVATE = (
    "renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".github/renovate.json",
    ".github/renovate.json5",
)  # fmt: skip
_SAME = {"uv": "pip", "pipenv": "pip", "bun": "npm", "docker-compose": "docker"}
_PYTHON_DEPENDENCIES = re.compile(
    r"^(?:dependencies\s*=\s*\[\s*[^\]\s]|\[tool\.poetry\.dependencies\]|\[dependency-groups\]"
    r"|\[project\.optional-dependencies\])",
    re.MULTILINE,
)


def read_manifests(files: RepositoryFiles) -> dict[str, Any]:
    """
    Return the fact `manifests`: each manifest that names dependencies, with its lock file or "".

    A lock file counts beside the manifest or in a folder above it (a workspace).
    """
    rows: list[dict[str, Any]] = []
    names = "|".join(re.escape(name) for name in MANIFESTS)
    for path in files.matching(rf"(?:.*/)?(?:{names})")[:20]:
        folder, name = posixpath.split(path)
        ecosystem, locks = MANIFESTS[name]
        text = files.read(path) or ""
        if not _has_dependencies(name, text):
            continue
        lock = _lock(files, folder, locks)
        rows.append(
            {"path": path, "line": 1, "ecosystem": ecosystem, "lock": lock, "locked": bool(lock)}
        )
    locked = {(posixpath.dirname(r["path"]), r["ecosystem"]) for r in rows if r["locked"]}
    # A requirements.txt without hashes beside a locked pyproject.toml is an export, not a manifest.
    kept = [
        row
        for row in rows
        if row["locked"] or (posixpath.dirname(row["path"]), row["ecosystem"]) not in locked
    ]
    return {"manifests": kept, "ecosystems": sorted({row["ecosystem"] for row in kept})}


def _lock(files: RepositoryFiles, folder: str, locks: tuple[str, ...]) -> str:
    places = [folder]
    while places[-1]:
        places.append(posixpath.dirname(places[-1]))
    for place in places:
        for lock in locks:
            path = posixpath.join(place, lock)
            if files.has(path) and (
                lock not in {"requirements.txt", "requirements.lock"}
                or "--hash=" in (files.read(path) or "")
            ):
                return path
    return ""


def _has_dependencies(name: str, text: str) -> bool:
    if name == "package.json":
        data = read_json(text)
        return bool(data.get("dependencies") or data.get("devDependencies"))
    if name == "pyproject.toml":
        return bool(_PYTHON_DEPENDENCIES.search(text))
    if name == "go.mod":
        return bool(re.search(r"^\s*require\b", text, re.MULTILINE))
    if name == "Cargo.toml":
        return "dependencies]" in text
    if name in {"requirements.txt", "requirements.in"}:
        return bool(re.search(r"^[A-Za-z]", text, re.MULTILINE))
    return True


def read_updates(files: RepositoryFiles, parse: Parse, ecosystems: list[str]) -> dict[str, Any]:
    """Return the fact `updates`: the bot's configuration and the ecosystems it leaves out."""
    wanted = [*ecosystems]
    if files.matching(r"\.github/workflows/[^/]+\.ya?ml", anywhere=True):
        wanted.append("github-actions")
    if files.matching(r"(?:.*/)?(?:Dockerfile|Containerfile)"):
        wanted.append("docker")
    path, tool, covered, problem = "", "", set[str](), ""
    for candidate in (".github/dependabot.yml", ".github/dependabot.yaml"):
        if files.has(candidate):
            path, tool = candidate, "dependabot"
            covered, problem = _dependabot(files.read(candidate) or "", parse)
            break
    else:
        renovate = next((name for name in _RENOVATE if files.has(name)), "")
        package = files.read("package.json") if files.has("package.json") else None
        if not renovate and "renovate" in read_json(package or ""):
            renovate = "package.json"
        if renovate:
            # Renovate finds every manifest by itself unless told otherwise.
            path, tool, covered = renovate, "renovate", set(wanted)
    missing = sorted(set(wanted) - covered)
    return {
        "tool": tool, "path": path, "problem": problem, "ecosystems": sorted(covered),
        "wanted": sorted(wanted), "missing": missing,
    }  # fmt: skip


def _dependabot(text: str, parse: Parse) -> tuple[set[str], str]:
    data, problem = parse(text)
    if problem:
        return set(), problem
    if not isinstance(data, dict) or data.get("version") != 2:
        return set(), "The file is not a Dependabot configuration of version 2."
    covered = set()
    for update in data.get("updates") or []:
        if isinstance(update, dict):
            name = str(update.get("package-ecosystem", ""))
            covered.add(_SAME.get(name, name))
    return covered, ""
