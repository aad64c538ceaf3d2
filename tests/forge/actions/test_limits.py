"""What a step may not do to the machine: each limit with a step that means harm."""

import os
import sys
import time
from pathlib import Path

import pytest

from apps.forge.runner.command import Command, Outcome, run_command
from apps.forge.runner.environment import base_environment, search_path
from apps.forge.runner.job_log import JobLog
from apps.forge.runner.limits import MEBIBYTE, Limits
from apps.forge.workflows.masking import Masker
from tests.forge.actions.conftest import log_of

SMALL = Limits(
    memory_bytes=300 * MEBIBYTE,
    file_bytes=5 * MEBIBYTE,
    processes=40,
    cpu_seconds=2,
    grace_seconds=0.3,
)


def run(script: str, folder: Path, *, seconds: float = 20, limits: Limits = SMALL) -> Outcome:
    return run_and_read(script, folder, seconds=seconds, limits=limits)[0]


def run_and_read(
    script: str, folder: Path, *, seconds: float = 20, limits: Limits = SMALL, goes_on=lambda: True
) -> tuple[Outcome, list[str]]:
    lines: list[str] = []
    outcome = run_command(
        Command(["bash", "-c", script], folder, {"PATH": os.environ["PATH"]}, seconds),
        limits=limits,
        line=lines.append,
        goes_on=goes_on,
    )
    return outcome, lines


def running(mark: str) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if mark in line and int(name) != os.getpid():
                found.append(line)
    return found


def test_an_endless_loop_ends_with_its_time(tmp_path: Path):
    begun = time.monotonic()
    outcome = run("while :; do sleep 0.05; done", tmp_path, seconds=1)

    assert "took longer than 1 s" in outcome.problem
    assert time.monotonic() - begun < 8


def test_a_loop_that_ignores_signals_ends_too(tmp_path: Path):
    outcome = run("trap '' TERM INT HUP; while :; do sleep 0.05; done", tmp_path, seconds=1)

    assert "took longer" in outcome.problem


def test_processor_time_is_limited(tmp_path: Path):
    outcome = run("while :; do :; done", tmp_path, seconds=60)

    assert "processor time" in outcome.problem


def test_a_fork_bomb_is_bounded_and_cleared_away(tmp_path: Path):
    mark = f"bomb{os.getpid()}"
    outcome = run(f": {mark}; b() {{ b & b & sleep 30; }}; b; wait", tmp_path, seconds=20)

    assert "more than 40 processes" in outcome.problem
    assert running(mark) == []


def test_memory_of_all_processes_together_is_limited(tmp_path: Path):
    eater = "x = bytearray(120 * 1024 * 1024); import time; time.sleep(30)"
    outcome = run(f"for i in 1 2 3 4; do python3 -c '{eater}' & done; wait", tmp_path)

    assert "memory" in outcome.problem


def test_one_process_cannot_take_more_than_all_may(tmp_path: Path):
    outcome = run("python3 -c 'bytearray(2 * 1024 ** 3)'", tmp_path)

    assert outcome.status != 0


def test_the_size_of_a_file_is_limited(tmp_path: Path):
    outcome = run("head -c 50000000 /dev/zero > big", tmp_path)

    assert outcome.status != 0 or outcome.problem
    assert (tmp_path / "big").stat().st_size <= 5 * MEBIBYTE


@pytest.mark.parametrize("start", ["", "setsid ", "nohup "])
def test_nothing_of_a_step_lives_on_after_it(tmp_path: Path, start):
    mark = f"1{os.getpid()}.5"
    begun = time.monotonic()
    outcome = run(f"{start}sleep {mark} & sleep 0.2; exit 0", tmp_path)

    assert outcome.succeeded
    assert running(f"sleep {mark}") == []
    assert time.monotonic() - begun < 8


def test_a_cancelled_step_ends_with_time_to_clean_up(tmp_path: Path):
    script = "trap 'echo cleaned; exit 1' TERM; echo begun; sleep 30 & wait"
    asked = iter([True, False])
    outcome, lines = run_and_read(script, tmp_path, goes_on=lambda: next(asked, False))

    assert outcome.cancelled
    assert lines == ["begun", "cleaned"]


def test_a_command_that_does_not_exist_says_so(tmp_path: Path):
    outcome = run_command(
        Command(["no-such-shell"], tmp_path, {"PATH": "/usr/bin"}, 5),
        limits=SMALL,
        line=print,
        goes_on=lambda: True,
    )

    assert "could not be started" in outcome.problem


def test_a_gigabyte_of_output_is_counted_and_not_kept(tmp_path: Path):
    log = JobLog(tmp_path / "log", masker=Masker(), most_bytes=MEBIBYTE, line_bytes=1000)
    outcome = run_command(
        Command(
            ["bash", "-c", "head -c 1000000000 /dev/zero | tr '\\0' y | fold -w 999; echo the end"],
            tmp_path,
            {"PATH": os.environ["PATH"]},
            60,
        ),
        limits=Limits(),
        line=log.write,
        goes_on=lambda: True,
    )
    log.close()
    text = (tmp_path / "log").read_text()

    assert outcome.succeeded
    assert (tmp_path / "log").stat().st_size <= MEBIBYTE
    assert "lines dropped" in text
    assert text.rstrip().endswith("the end")


def test_a_line_without_end_is_cut(tmp_path: Path):
    _, lines = run_and_read("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next", tmp_path)

    assert len(lines[0]) < 40_000
    assert "bytes more" in lines[0]
    assert lines[1] == "next"


def test_the_environment_holds_what_is_listed_and_nothing_else(tmp_path: Path):
    inherited = {
        "DATABASE_URL": "postgresql://secret",
        "SECRET_KEY": "x",
        "GITHUB_TOKEN": "x",
        "CALLBOARD_DATA": "/data",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PYTHONPATH": "/portal",
        "VIRTUAL_ENV": "/portal",
        "PIP_INDEX_URL": "https://index.example/simple",
        "HTTPS_PROXY": "http://proxy.example",
        "SSL_CERT_FILE": "/ca.pem",
        "NPM_CONFIG_REGISTRY": "https://npm.example",
    }
    made = base_environment(home=tmp_path / "home", cache=tmp_path / "cache", inherited=inherited)

    assert not {name for name in made if name.startswith(("DATABASE", "SECRET", "GITHUB", "CALL"))}
    assert {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "VIRTUAL_ENV"}.isdisjoint(made)
    assert made["PIP_INDEX_URL"] == "https://index.example/simple"
    assert made["HTTPS_PROXY"] == "http://proxy.example"
    assert made["SSL_CERT_FILE"] == "/ca.pem"
    assert made["NPM_CONFIG_REGISTRY"] == "https://npm.example"
    assert made["HOME"] == str(tmp_path / "home")


def test_the_portals_own_programs_are_not_found():
    assert f"{sys.prefix}/bin" not in search_path()


def test_a_step_sees_nothing_of_the_portal(run_workflow, monkeypatch):
    monkeypatch.setenv("CALLBOARD_CANARY", "portal-canary")
    run = run_workflow(
        """
        on: push
        jobs:
          look:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  env
                  python -c 'import importlib.util as u; print("django", u.find_spec("django"))'
                  echo "home: $(ls -A "$HOME" | wc -l)"
        """
    )
    log = log_of(run.jobs.get())

    assert run.conclusion == "success", log
    assert "portal-canary" not in log
    assert "DATABASE_URL" not in log
    assert "DJANGO_SETTINGS_MODULE" not in log
    assert "django None" in log
    assert "home: 0" in log
    assert "GITHUB_ACTIONS=true" in log


def test_a_job_leaves_no_folder_behind(run_workflow, forge_data: Path):
    run = run_workflow(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps: [{run: "mkdir -p locked/in && touch locked/in/file && chmod 500 locked/in"}]
        """
    )

    assert run.conclusion == "success"
    assert list((forge_data / "work").iterdir()) == []


def _group(name: str) -> Path | None:
    """Make an empty control group as a killed supervisor leaves it; None where one cannot."""
    for base in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        group = Path(base) / f"callboard-{name}"
        try:
            group.mkdir()
        except OSError:
            continue
        return group
    return None


def test_groups_that_a_killed_supervisor_left_are_removed(tmp_path: Path):
    old, young = _group(f"old{os.getpid()}"), _group(f"young{os.getpid()}")
    if old is None or young is None:
        pytest.skip("control groups cannot be made here")
    try:
        an_hour_ago = time.time() - 3600
        os.utime(old, (an_hour_ago, an_hour_ago))

        assert run("true", tmp_path).status == 0

        assert not old.exists()
        assert young.exists()
    finally:
        for group in (old, young):
            if group.exists():
                group.rmdir()
