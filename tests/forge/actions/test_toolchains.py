"""Python and Node for jobs, from whatever machine."""

import subprocess
from pathlib import Path

import pytest

from apps.forge.runner import toolchains


def said_by(*command: str, folder: Path) -> str:
    path = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(
        command, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("machine_has_node", [True, False])
def test_node_brings_its_programs(tmp_path: Path, monkeypatch, machine_has_node: bool):
    if not machine_has_node:
        monkeypatch.setattr(toolchains, "search_path", list)

    tool = toolchains.install_node(tmp_path / "node")

    assert said_by("node", "--version", folder=tool.folder) == f"v{tool.version}"
    for program in ("npm", "npx"):
        assert said_by(program, "--version", folder=tool.folder)[0].isdigit()


def test_a_job_gets_the_same_node_twice(tmp_path: Path):
    first = toolchains.install_node(tmp_path / "node")

    assert toolchains.install_node(tmp_path / "node") == first
