"""What the pipelines of a repository do, with local workflows, actions and targets resolved."""

import json
import posixpath
from collections.abc import Callable
from typing import Any

from apps.scorecards.facts import commands
from apps.scorecards.facts.repository_files import RepositoryFiles
from apps.scorecards.facts.workflow_files import parse_action, parse_workflow, unreadable

WORKFLOWS = r"\.github/workflows/[^/]+\.ya?ml"
MAX_WORKFLOWS = 20

# Parses untrusted YAML; returns (data, "") or (None, what is wrong).
Parse = Callable[[str], tuple[Any, str]]


def read_pipelines(files: RepositoryFiles, parse: Parse) -> dict[str, Any]:
    """
    Return the fact `workflows`: files, uses, images, dangers, and what runs on a change.

    A local reusable workflow runs for whoever calls it; one of another repository cannot be read
    and is in `remote`.
    """
    parsed = []
    for path in files.matching(WORKFLOWS, anywhere=True)[:MAX_WORKFLOWS]:
        text = files.read(path)
        if text is None:
            parsed.append(unreadable(path, "The file could not be read."))
            continue
        data, problem = parse(text)
        parsed.append(unreadable(path, problem) if problem else parse_workflow(path, text, data))
    _inherit_triggers(parsed)
    uses = [use for workflow in parsed for use in workflow["uses"]]
    steps = []
    for workflow in parsed:
        for step in [*workflow["runs"], *_composite_steps(files, workflow["uses"], parse)]:
            steps += _resolved(files, step, workflow)
    own = files.full_name.partition("/")[0].lower()
    for use in uses:
        # A reusable workflow of one's own organisation follows that organisation's rules.
        use["must_pin"] = use["third_party"] and not (use["reusable"] and use["owner"] == own)
    return {
        "files": [_summary(workflow) for workflow in parsed],
        "broken": [
            {"path": w["path"], "line": w["line"], "text": w["error"]} for w in parsed if w["error"]
        ],
        "uses": uses,
        "images": [image for workflow in parsed for image in workflow["images"]],
        "dangers": [danger for workflow in parsed for danger in workflow["dangers"]],
        "remote": [use for use in uses if use["reusable"] and use["third_party"]],
        "tests": _tests(steps),
        "installs": _installs(files, steps),
        "exports_contract": _having(steps, commands.EXPORTS),
        "tests_contract": _having(steps, commands.CONTRACT_TESTS),
        "builds_docs": _having(steps, commands.DOCS_BUILD),
        "attests": [use for use in uses if use["action"].startswith("actions/attest")],
        "makes_sbom": [
            *(use for use in uses if "sbom" in use["action"]),
            *_having(steps, commands.SBOM),
        ],
    }


def _inherit_triggers(parsed: list[dict[str, Any]]) -> None:
    by_path = {workflow["path"]: workflow for workflow in parsed}
    for caller in parsed:
        for use in caller["uses"]:
            called = by_path.get(posixpath.normpath(use["action"]).removeprefix("./"))
            if called is not None and called is not caller:
                called["on_pull_request"] |= caller["on_pull_request"]
                called["on_push"] |= caller["on_push"]


def _composite_steps(
    files: RepositoryFiles, uses: list[dict[str, Any]], parse: Parse
) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for use in uses:
        if use["third_party"] or use["reusable"]:
            continue
        folder = posixpath.normpath(use["action"])
        path = next(
            (p for p in (f"{folder}/action.yml", f"{folder}/action.yaml") if files.has(p)), None
        )
        text = files.read(path) if path else None
        if path and text is not None:
            data, problem = parse(text)
            steps += [] if problem else parse_action(path, text, data)
    return [step for step in steps if step["kind"] == "run"]


def _resolved(
    files: RepositoryFiles, step: dict[str, Any], workflow: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the step, and the lines of the make, just or npm target that it calls."""
    base = {
        **step,
        "on_pull_request": workflow["on_pull_request"],
        "on_push": workflow["on_push"],
        "can_fail": commands.can_fail(step["text"]) and not step["tolerated"],
    }
    lines = _target_lines(files, step["text"])
    return [base, *({**base, "text": line, "via": step["text"]} for line in lines)]


def _target_lines(files: RepositoryFiles, command: str) -> list[str]:
    target = commands.indirect(command)
    if target is None:
        return []
    tool, name = target
    if tool == "npm":
        path = files.first(["package.json"])
        return _script(files.read(path) if path else None, name)
    names = ["Makefile", "makefile", "GNUmakefile"] if tool == "make" else ["justfile", "Justfile"]
    path = files.first(names)
    text = files.read(path) if path else None
    return commands.make_recipe(text, name)[:50] if text else []


def _script(package: str | None, name: str) -> list[str]:
    data = read_json(package or "")
    scripts = data.get("scripts")
    script = scripts.get(name) if isinstance(scripts, dict) else None
    return [str(script)] if script else []


def _tests(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for step in steps:
        runner = commands.test_runner(step["text"])
        if runner and "no test specified" not in step["text"]:
            found.append({**_place(step), "runner": runner})
    return found


def _installs(files: RepositoryFiles, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for step in steps:
        installed = commands.install(step["text"])
        if installed is None:
            continue
        ecosystem, frozen, requirements = installed
        if requirements:
            path = files.first([requirements.strip("'\"").removeprefix("./")])
            text = files.read(path) if path else None
            # pip refuses a requirement without a hash as soon as one has a hash.
            frozen = bool(text and "--hash=" in text)
        found.append({**_place(step), "ecosystem": ecosystem, "frozen": frozen})
    return found


def _having(steps: list[dict[str, Any]], pattern: Any) -> list[dict[str, Any]]:
    return [_place(step) for step in steps if pattern.search(step["text"])]


def _place(step: dict[str, Any]) -> dict[str, Any]:
    keys = ("path", "line", "job", "text", "on_pull_request", "on_push", "can_fail")
    return {key: step[key] for key in keys}


def _summary(workflow: dict[str, Any]) -> dict[str, Any]:
    keys = ("path", "name", "line", "triggers", "on_pull_request", "on_push", "only_called")
    return {**{key: workflow[key] for key in keys}, "permissions": workflow["permissions"]}


def read_json(text: str) -> dict[str, Any]:
    """Return the object of a JSON file; an empty one where it is not JSON or no object."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
