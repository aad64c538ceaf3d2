"""
Running git on a bare repository.

Argument lists only, no configuration of the user or the system, no prompts, no hooks but our own,
no transport but the one we serve, and a time limit (reliability.md P11).
"""

import os
import subprocess
from pathlib import Path

TIMEOUT_SECONDS = 60
# One file, one packed answer: more is refused before it fills memory.
MAX_OUTPUT_BYTES = 200 * 1024 * 1024
HOOKS = Path(__file__).parent / "hooks"

_OPTIONS = (
    ("core.hooksPath", str(HOOKS)),
    ("core.symlinks", "false"),
    ("core.quotePath", "false"),
    ("gc.auto", "0"),
    ("receive.autogc", "false"),
    ("receive.fsckObjects", "true"),
    ("receive.unpackLimit", "1000"),
    ("receive.maxInputSize", str(MAX_OUTPUT_BYTES)),
    ("transfer.hideRefs", "refs/internal"),
    ("uploadpack.allowFilter", "true"),
    ("uploadpack.allowReachableSHA1InWant", "true"),
    # The folders belong to whoever runs the forge, also where it runs as root.
    ("safe.directory", "*"),
    ("protocol.allow", "never"),
)


class GitError(Exception):
    """Git refused; the text is what it wrote to its error stream."""


class GitTimeout(GitError):
    """Git did not end in time."""


def environment(**extra: str) -> dict[str, str]:
    """Return the whole environment git runs in; nothing is inherited but PATH."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        **extra,
        **_options(),
    }


def command(folder: Path, *arguments: str) -> list[str]:
    """Return the argument list that runs git on the bare repository in `folder`."""
    return ["git", f"--git-dir={folder}", *arguments]


def service(name: str, folder: Path, *options: str) -> list[str]:
    """Return the argument list of one side of git's protocol ("upload-pack", "receive-pack")."""
    return ["git", name, "--stateless-rpc", *options, str(folder)]


def run(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    timeout: float = TIMEOUT_SECONDS,
    accept: tuple[int, ...] = (0,),
) -> bytes:
    """
    Run git and return what it wrote; `accept` are the exit codes that are no error.

    :raises GitError: with git's own words
    :raises GitTimeout: after `timeout` seconds
    """
    try:
        done = subprocess.run(
            command(folder, *arguments),
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env=environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise GitTimeout(f"git {arguments[0]} took longer than {timeout:g} s") from error
    if done.returncode not in accept:
        raise GitError(done.stderr.decode(errors="replace").strip()[:2000])
    return done.stdout


def _options() -> dict[str, str]:
    # Options by environment reach every process that git starts, as those on the command line do.
    options = {"GIT_CONFIG_COUNT": str(len(_OPTIONS))}
    for number, (name, value) in enumerate(_OPTIONS):
        options[f"GIT_CONFIG_KEY_{number}"] = name
        options[f"GIT_CONFIG_VALUE_{number}"] = value
    return options
