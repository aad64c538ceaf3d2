"""What bin/up says where it cannot start: one sentence, and what to do."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from portal.launcher import launch
from tests.integrations.servers import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
Usage = namedtuple("Usage", "total used free")


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher on a data folder; it must end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "portal.launcher"],
        cwd=CHECKOUT,
        env={**os.environ, "CALLBOARD_DATA": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_copy_on_the_same_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)

        done = start(tmp_path, PORT=str(free_port()))

    assert done.returncode == 1
    assert f"Callboard already runs on the data in {tmp_path} (process 4711)." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named_with_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])

        done = start(tmp_path, PORT=str(port))

    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stderr
    assert f"PORT={port + 100} ./bin/up" in done.stderr
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "65535", "-1", "99999999999", "８０"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = start(tmp_path, PORT=port)

    assert done.returncode == 1
    assert f"PORT must be a number from 1 to 65534, not '{port}'." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    done = start(tmp_path / "data")

    assert done.returncode == 1
    assert f"The data folder {tmp_path / 'data'} cannot be written" in done.stderr


def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLBOARD_DATA", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 12_000_000))
    monkeypatch.setattr(launch.signal, "signal", lambda *_: None)

    assert launch.main() == 1

    said = capsys.readouterr().err
    assert f"{tmp_path} has 12 MB of free space; Callboard needs 300 MB." in said
    assert not (tmp_path / "postgres").exists()


def test_a_disk_that_fills_up_is_said_once(
    tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLBOARD_DATA", str(tmp_path))
    # The database of another machine: nothing of this one's is looked after.
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/portal")
    free = iter([400, 30, 20, 400, 10])
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 0, next(free) * 10**6))
    launcher = launch.Launcher()

    said = []
    for _ in range(5):
        launcher._watch_once()
        said.append("MB of free space" in capsys.readouterr().out)

    assert said == [False, True, False, False, True]


def bin_up(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run bin/up where there is a shell, `dirname` and this `python3`, and nothing else."""
    folder.mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    (folder / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (folder / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", "bin/up"],
        cwd=CHECKOUT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_missing_git_is_named(tmp_path: Path) -> None:
    done = bin_up(tmp_path / "bin", f'exec "{sys.executable}" "$@"')

    assert done.returncode == 1
    assert "Callboard needs git, and there is none on the PATH." in done.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    done = bin_up(tmp_path / "bin", '[ "$1" = --version ] && echo "Python 3.9.2" || exit 1')

    assert done.returncode == 1
    assert "Callboard needs Python 3.11 or newer; found: Python 3.9.2." in done.stderr
