"""Acme as it is written down; that it loads is seen in the journeys."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest

from apps.core.yaml_guard import load_documents
from portal.demonstration.history import commits_of
from portal.demonstration.repositories import (
    ACME,
    Change,
    DemoRepository,
    acme_repositories,
    catalog_repository,
    demo_people,
    golden_paths_repository,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REPOSITORIES = {repository.name: repository for repository in acme_repositories()}
# What is wrong here is wrong on purpose, so that pipelines have something to say.
RED = {"price-engine", "fraud-scoring", "events-collector"}


def documents():
    """Every entity of Acme."""
    texts = [
        text
        for path, text in catalog_repository().files.items()
        if path.endswith(".yaml") and "definitions" not in path
    ]
    texts += [repository.files["catalog-info.yaml"] for repository in REPOSITORIES.values()]
    found = [d for text in texts for d in load_documents(text.encode(), where="acme")]
    assert [d.error for d in found if d.error] == []
    return [d.value for d in found]


def test_acme_is_as_large_as_it_is_said_to_be():
    found = documents()
    kinds = Counter(document["kind"] for document in found)
    teams = [d for d in found if d["kind"] == "Group" and d["spec"]["type"] == "team"]
    assert (kinds["Component"], kinds["API"], kinds["System"], kinds["Domain"]) == (40, 15, 10, 4)
    assert (kinds["User"], len(teams), len(REPOSITORIES)) == (25, 8, 15)


def test_every_reference_leads_somewhere():
    found = documents()
    known = {(d["kind"].lower(), d["metadata"]["name"]) for d in found}
    for document in found:
        spec = document["spec"]
        names = [
            ("api", name) for key in ("providesApis", "consumesApis") for name in spec.get(key, [])
        ]
        names += [tuple(ref.split(":")) for ref in spec.get("dependsOn", [])]
        names += [("system", spec["system"])] if "system" in spec else []
        if document["kind"] in {"Component", "API", "System", "Resource", "Domain"}:
            names.append(("group", spec["owner"].removeprefix("group:default/")))
        assert set(names) <= known, document["metadata"]["name"]


def test_people_can_be_found_in_the_catalog():
    users = {f"user:default/{d['metadata']['name']}" for d in documents() if d["kind"] == "User"}
    assert {person["ref"] for person in demo_people()} <= users
    assert [person["username"] for person in demo_people()] == [
        "engineer",
        "lead",
        "manager",
        "admin",
    ]


def test_the_apis_come_in_four_languages():
    types = {d["spec"]["type"] for d in documents() if d["kind"] == "API"}
    assert types == {"openapi", "asyncapi", "graphql", "grpc"}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_the_history_ends_with_the_files(name):
    repository = REPOSITORIES[name]
    tree = {}
    commits = commits_of(repository, now=NOW)
    for commit in commits:
        tree |= commit.files
    assert tree == repository.files
    assert [c.at for c in commits] == sorted(c.at for c in commits)
    assert "@@" not in "".join(tree.values())


def test_a_change_that_does_not_fit_is_an_error():
    repository = DemoRepository(
        name="x",
        team="t",
        description="",
        files={"a": "new"},
        people=("ada",),
        changes=(Change("ada", 1, "Say", "a", "old", "newer"),),
    )
    with pytest.raises(ValueError, match="nothing is 'newer'"):
        commits_of(repository, now=NOW)


@pytest.mark.parametrize(
    "name", [n for n, r in REPOSITORIES.items() if "pyproject.toml" in r.files]
)
def test_the_tests_of_a_repository_say_what_they_are_to_say(name, tmp_path):
    repository = REPOSITORIES[name]
    for path, text in repository.files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "-s", "tests"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode != 0) == (name in RED), run.stderr
    contract = next((p for p in repository.files if p.endswith("/contract.py")), None)
    if contract:
        module = contract.split("/")[1]
        out = subprocess.run(
            [sys.executable, "-m", f"{module}.contract"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(out.stdout) == json.loads(repository.files["openapi.json"])


def test_golden_paths_name_the_forge_that_runs(settings):
    settings.GITHUB_URL = "http://forge.test:9"
    files = golden_paths_repository().files
    assert "catalog-info.yaml" in files
    assert not [path for path, text in files.items() if "https://forge.example" in text]


def test_every_file_of_a_repository_is_used():
    names = {path.name for path in (ACME / "repositories").iterdir()}
    assert names == set(REPOSITORIES)
