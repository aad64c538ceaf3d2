"""Workflow files of GitHub Actions: triggers, permissions, what they use and what they run."""

import re
from collections.abc import Iterator
from typing import Any

_SHA = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_USES = re.compile(r"^\s*(?:-\s*)?uses:\s*['\"]?([^'\"\s#]+)")
_PERMISSIONS = re.compile(r"^permissions\s*:")
# Text that whoever opens an issue or pull request chooses (securitylab: untrusted input).
_INJECTION = re.compile(
    r"\$\{\{[^}]*github\.(?:event\.[\w.\[\]*]*\.(?:title|body|message|name|email|ref|label"
    r"|default_branch|page_name)|head_ref)[^}]*\}\}"
)
_HEAD = re.compile(r"github\.(?:event\.pull_request\.head\.|head_ref|event\.workflow_run\.head_)")
_PRIVILEGED = frozenset({"pull_request_target", "workflow_run"})
MAX_STEPS = 500


def parse_workflow(path: str, text: str, data: Any) -> dict[str, Any]:
    """
    Return what a workflow file says; `error` is set where it is no workflow.

    `data` is the parsed YAML. Steps are not resolved here: local workflows and actions that are
    called are in `calls`.
    """
    if not isinstance(data, dict) or not isinstance(data.get("jobs"), dict):
        return _broken(path, "The file has no jobs.")
    triggers = _triggers(data.get("on"))
    lines = text.splitlines()
    steps = list(_steps(path, data["jobs"], lines))[:MAX_STEPS]
    return {
        "path": path,
        "name": str(data.get("name") or path.rsplit("/", 1)[-1]),
        "error": "",
        "triggers": triggers,
        "on_pull_request": "pull_request" in triggers,
        "on_push": "push" in triggers,
        "only_called": triggers == ["workflow_call"],
        "permissions": _level(data["permissions"]) if "permissions" in data else "absent",
        "line": _line_of(_PERMISSIONS, lines) or 1,
        "uses": [step for step in steps if step["kind"] == "uses"],
        "runs": [step for step in steps if step["kind"] == "run"],
        "images": list(_images(path, data["jobs"], lines)),
        "dangers": list(_dangers(path, triggers, data["jobs"], lines)),
    }


def unreadable(path: str, reason: str, line: int = 1) -> dict[str, Any]:
    """Return the entry of a workflow file that is not YAML."""
    return {**_broken(path, reason), "line": line}


def parse_action(path: str, text: str, data: Any) -> list[dict[str, Any]]:
    """Return the steps of a composite action."""
    runs = data.get("runs") if isinstance(data, dict) else None
    if not isinstance(runs, dict):
        return []
    return list(_steps(path, {"action": {"steps": runs.get("steps")}}, text.splitlines()))


def _broken(path: str, reason: str) -> dict[str, Any]:
    return {
        "path": path, "name": path.rsplit("/", 1)[-1], "error": reason, "triggers": [],
        "on_pull_request": False, "on_push": False, "only_called": False,
        "permissions": "absent", "line": 1, "uses": [], "runs": [], "images": [], "dangers": [],
    }  # fmt: skip


def _triggers(on: Any) -> list[str]:
    if isinstance(on, str):
        return [on]
    if isinstance(on, list | dict):
        return [str(name) for name in on][:40]
    return []


def _level(permissions: Any) -> str:
    """Return none, read or write: the most that a `permissions` block gives."""
    if permissions in ({}, None, ""):
        return "none"
    if isinstance(permissions, str):
        return "read" if permissions == "read-all" else "write"
    if isinstance(permissions, dict):
        values = {str(value) for value in permissions.values()}
        if "write" in values:
            return "write"
        return "read" if "read" in values else "none"
    return "write"


def _jobs(jobs: dict[Any, Any]) -> Iterator[tuple[str, dict[Any, Any]]]:
    for name, job in list(jobs.items())[:100]:
        if isinstance(job, dict):
            yield str(name), job


def _steps(path: str, jobs: dict[Any, Any], lines: list[str]) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}
    for name, job in _jobs(jobs):
        if isinstance(job.get("uses"), str):
            yield _use(path, name, job["uses"], lines, seen, job)
        for step in (job.get("steps") or [])[:200] if isinstance(job.get("steps"), list) else []:
            if not isinstance(step, dict):
                continue
            if isinstance(step.get("uses"), str):
                yield _use(path, name, step["uses"], lines, seen, step)
            elif isinstance(step.get("run"), str):
                yield from _run(path, name, job, step, lines, seen)


def _use(
    path: str, job: str, text: str, lines: list[str], seen: dict[str, int], step: dict[Any, Any]
) -> dict[str, Any]:
    action, _, ref = text.partition("@")
    local = text.startswith(("./", "../"))
    image = text.startswith("docker://")
    line = _next_line(lambda row: (m := _USES.match(row)) and m.group(1) == text, lines, seen, text)
    return {
        "kind": "uses",
        "path": path,
        "line": line,
        "job": job,
        "text": text[:200],
        "action": action[:200],
        "owner": action.partition("/")[0].lower(),
        "ref": ref[:100],
        "third_party": not local,
        "pinned": bool(_DIGEST.search(text)) if image else local or bool(_SHA.fullmatch(ref)),
        "reusable": ".github/workflows/" in action,
        "inherits": step.get("secrets") == "inherit",
    }


def _run(
    path: str,
    job_name: str,
    job: dict[Any, Any],
    step: dict[Any, Any],
    lines: list[str],
    seen: dict[str, int],
) -> Iterator[dict[str, Any]]:
    tolerated = step.get("continue-on-error") is True or job.get("continue-on-error") is True
    for command in _logical_lines(step["run"]):
        first = command.split("\\")[0].strip()[:60]
        yield {
            "kind": "run",
            "path": path,
            "line": _next_line(lambda row, text=first: text in row, lines, seen, first),
            "job": job_name,
            "text": command[:300],
            "tolerated": tolerated,
        }


def _logical_lines(script: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", script)
    rows = (line.strip() for line in joined.splitlines())
    return [row for row in rows if row and not row.startswith("#")][:100]


def _images(path: str, jobs: dict[Any, Any], lines: list[str]) -> Iterator[dict[str, Any]]:
    for _, job in _jobs(jobs):
        services = job.get("services")
        holders = [job.get("container"), *(services.values() if isinstance(services, dict) else [])]
        for holder in holders:
            image = holder.get("image") if isinstance(holder, dict) else holder
            if isinstance(image, str) and image:
                line = next((n for n, row in enumerate(lines, 1) if image in row), 1)
                pinned = bool(_DIGEST.search(image)) or "${{" in image
                yield {"path": path, "line": line, "text": image[:200], "pinned": pinned}


def _dangers(
    path: str, triggers: list[str], jobs: dict[Any, Any], lines: list[str]
) -> Iterator[dict[str, Any]]:
    privileged = bool(_PRIVILEGED & set(triggers))
    for _, job in _jobs(jobs):
        for step in job.get("steps") or [] if isinstance(job.get("steps"), list) else []:
            if not isinstance(step, dict):
                continue
            script = step.get("run")
            found = _INJECTION.search(script) if isinstance(script, str) else None
            if found:
                line = next((n for n, row in enumerate(lines, 1) if found.group(0) in row), 1)
                yield {"path": path, "line": line, "text": f"puts {found.group(0)} into a script"}
            inputs = step.get("with")
            checkout = str(step.get("uses") or "").startswith("actions/checkout")
            named = (
                f"{inputs.get('ref')} {inputs.get('repository')}"
                if isinstance(inputs, dict)
                else ""
            )
            if privileged and checkout and _HEAD.search(named):
                line = next((n for n, row in enumerate(lines, 1) if _HEAD.search(row)), 1)
                text = "checks out the pull request's head with the rights of the base"
                yield {"path": path, "line": line, "text": text}


def _line_of(pattern: re.Pattern[str], lines: list[str]) -> int:
    return next((n for n, row in enumerate(lines, start=1) if pattern.match(row)), 0)


def _next_line(matches: Any, lines: list[str], seen: dict[str, int], key: str) -> int:
    """Return the next line that matches, after the one that was given for this key before."""
    start = seen.get(key, 0)
    for number in range(start + 1, len(lines) + 1):
        if matches(lines[number - 1]):
            seen[key] = number
            return number
    return start or 1
