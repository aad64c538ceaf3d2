"""
From pressing Create to a repository and to a green pipeline: `python benchmarks/main_job.py`.

Runs against a portal started by bin/up (PORT and CALLBOARD_DATA as for bin/up), through its REST
API, with the golden path `python-service`, with the interpreter of .venv. Prints seconds for each
of several runs. Repositories stay behind.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CALLBOARD_DATA") or CHECKOUT / "var")
TIMEOUT_SECONDS = 180


def call(url: str, token: str, body: dict[str, Any] | None = None) -> Any:
    """Return the JSON answer of a REST call, or None if there is no such thing."""
    request = urllib.request.Request(
        url,
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code in {404, 409}:
            return None
        raise SystemExit(f"{url}: {error.code} {error.read().decode()[:500]}") from None


def until(what: str, ask: Any) -> Any:
    """Ask until there is an answer."""
    deadline = time.perf_counter() + TIMEOUT_SECONDS
    while time.perf_counter() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"{what} did not happen in {TIMEOUT_SECONDS} s")


def one_run(portal: str, forge: str, tokens: tuple[str, str], name: str) -> tuple[float, ...]:
    """Return the seconds to the repository, to the end of the run and to the green pipeline."""
    token, forge_token = tokens
    host = forge.partition("//")[2]
    values = {
        "name": name,
        "owner": "group:default/payments",
        "description": "Made by the benchmark of the main job",
        "repoUrl": f"{host}?owner=acme&repo={name}",
    }
    begin = time.perf_counter()
    body = {"templateRef": "template:default/python-service", "values": values}
    run = call(f"{portal}/api/scaffolder/v2/tasks", token, body)["id"]
    repository = f"{forge}/api/v3/repos/acme/{name}"
    until("the repository", lambda: call(repository, forge_token))
    created = time.perf_counter() - begin

    def over() -> Any:
        state = call(f"{portal}/api/scaffolder/v2/tasks/{run}", token)["status"]
        if state in {"failed", "cancelled"}:
            raise SystemExit(f"The run {run} ended as {state}.")
        return state == "completed"

    until("the end of the run", over)
    ended = time.perf_counter() - begin

    def finished() -> Any:
        runs = call(f"{repository}/actions/runs", forge_token) or {"workflow_runs": []}
        return [run for run in runs["workflow_runs"] if run["status"] == "completed"]

    pipeline = until("the pipeline", finished)[0]
    if pipeline["conclusion"] != "success":
        raise SystemExit(f"The pipeline ended as {pipeline['conclusion']}: {pipeline['html_url']}")
    return created, ended, time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    ports = json.loads((DATA / "ports.json").read_text())
    portal, forge = (f"http://localhost:{ports[name]}" for name in ("web", "forge"))
    command = [sys.executable, "manage.py", "create_token", "--user", "admin"]
    command += ["--scope", "runs:create", "runs:read"]
    made = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={**os.environ, "CALLBOARD_DATA": str(DATA)},
        check=True,
        capture_output=True,
        text=True,
    )
    tokens = (made.stdout.strip(), (DATA / "secrets" / "forge-token").read_text().strip())
    print(f"{'run':<6}{'repository s':>14}{'run ended s':>13}{'green pipeline s':>18}")
    rows = []
    for number in range(arguments.runs):
        rows.append(one_run(portal, forge, tokens, f"bench-{int(time.time())}-{number}"))
        print(f"{number:<6}{rows[-1][0]:>14.2f}{rows[-1][1]:>13.2f}{rows[-1][2]:>18.2f}")
    median = [statistics.median(column) for column in zip(*rows, strict=True)]
    print(f"{'median':<6}{median[0]:>14.2f}{median[1]:>13.2f}{median[2]:>18.2f}")


if __name__ == "__main__":
    main()
