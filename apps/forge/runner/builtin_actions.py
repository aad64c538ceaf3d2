"""`uses`: the actions that the embedded runner does itself; all others are skipped visibly."""

import re
from collections.abc import Callable, Mapping

from apps.core.errors import UserFacingError
from apps.forge.runner.checkout import checkout
from apps.forge.runner.failures import StepFailed, StepSkipped
from apps.forge.runner.state import JobState
from apps.forge.runner.toolchains import ToolMissing, install_node, install_python
from apps.forge.runner.workspace import read_bounded

Outputs = dict[str, str]
Action = Callable[[JobState, Mapping[str, str]], Outputs]

# The reason that is told beside "skipped".
_REASONS = {
    "actions/cache": "packages stay cached between jobs without it",
    "actions/upload-artifact": "the embedded runner keeps no artifacts",
    "actions/download-artifact": "the embedded runner keeps no artifacts",
}


def run_action(uses: str, inputs: Mapping[str, str], state: JobState) -> Outputs:
    """
    Do what an action does, and return its outputs.

    Any ref of it is taken: a tag, a branch or a commit.

    :raises StepSkipped: for an action that the embedded runner does not know
    :raises StepFailed: if it cannot be done
    """
    name, _, ref = uses.partition("@")
    action = _ACTIONS.get(name.lower())
    if action is None:
        reason = _REASONS.get("/".join(name.lower().split("/")[:2]))
        because = reason or "the embedded runner runs checkout and the setup actions only"
        raise StepSkipped(f"Skipped: {uses} — {because}.")
    if not ref:
        raise StepFailed(f"{uses}: an action needs a version, like {name}@v4.")
    try:
        return action(state, inputs)
    except UserFacingError as error:
        raise StepFailed(str(error)) from error
    except ToolMissing as error:
        raise StepFailed(str(error)) from error


def _setup_python(state: JobState, inputs: Mapping[str, str]) -> Outputs:
    wanted = inputs.get("python-version", "").strip()
    if not wanted and (file := inputs.get("python-version-file", "")):
        wanted = _version_file(state, file)
    wanted = wanted.splitlines()[0].strip() if wanted else ""
    target = state.workspace.tools / "python"
    tool = install_python(target, cache=state.assignment.cache, wanted=wanted)
    if tool.notice:
        state.console.annotate("notice", tool.notice)
    state.environment["pythonLocation"] = str(target)
    state.environment["VIRTUAL_ENV"] = str(target)
    _put_first(state, str(tool.folder))
    state.console.say(f"Python {tool.version} at {target}")
    return {
        "python-version": tool.version,
        "python-path": str(tool.folder / "python"),
        "cache-hit": "false",
    }


def _setup_node(state: JobState, inputs: Mapping[str, str]) -> Outputs:
    wanted = inputs.get("node-version", "").strip()
    if not wanted and (file := inputs.get("node-version-file", "")):
        wanted = _version_file(state, file)
    tool = install_node(state.workspace.tools / "node", wanted=wanted)
    if tool.notice:
        state.console.annotate("notice", tool.notice)
    _put_first(state, str(tool.folder))
    state.console.say(f"Node {tool.version}")
    return {"node-version": f"v{tool.version}", "cache-hit": "false"}


def _put_first(state: JobState, folder: str) -> None:
    state.path[:] = [folder, *(known for known in state.path if known != folder)]


def _version_file(state: JobState, name: str) -> str:
    file = (state.workspace.checkout / name).resolve()
    if not file.is_relative_to(state.workspace.checkout.resolve()) or not file.is_file():
        raise StepFailed(f"There is no file {name}.")
    text = read_bounded(file, 64 * 1024)
    if name.endswith("pyproject.toml"):
        match = re.search(r"""requires-python\s*=\s*["']([^"']+)["']""", text)
        return match[1] if match else ""
    return text.strip()


_ACTIONS: dict[str, Action] = {
    "actions/checkout": checkout,
    "actions/setup-python": _setup_python,
    "actions/setup-node": _setup_node,
}
