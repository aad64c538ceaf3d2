"""`run`: a script in a shell."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from apps.forge.runner.command import Command, Outcome, run_command
from apps.forge.runner.failures import StepFailed
from apps.forge.runner.state import JobState
from apps.forge.runner.workspace import read_bounded
from apps.forge.workflows.commands import MAX_FILE, FileCommandInvalid, parse_file
from apps.forge.workflows.definition import RunDefaults, Step
from apps.forge.workflows.expressions import interpolate

# Without a shell named, GitHub starts bash with less; both as documented there.
_SHELLS = {
    "": ("bash", "-e", "{0}"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"),
    "sh": ("sh", "-e", "{0}"),
    "python": ("python", "{0}"),
}
_PROTECTED = ("GITHUB_", "RUNNER_")
_MAX_PATHS = 100


def run_script(
    state: JobState,
    step: Step,
    *,
    environment: Mapping[str, str],
    seconds: float,
    goes_on: Callable[[], bool],
) -> Outcome:
    """
    Run the script of a step and take over what it wrote for later steps.

    :param environment: `env` of workflow, job and step, and what earlier steps have set
    :raises StepFailed: if the folder or the shell does not exist
    """
    seen = state.expressions(environment)
    defaults = _defaults(state)
    script = interpolate(step.run or "", seen)
    shell = interpolate(step.shell or defaults.shell, seen)
    folder = _folder(state, interpolate(step.working_directory or defaults.working_directory, seen))
    file = state.workspace.temporary / f"step-{step.number}{'.py' if shell == 'python' else '.sh'}"
    file.write_text(script if script.endswith("\n") else script + "\n")
    files = state.workspace.command_files(step.number)
    argv = _argv(shell, file)
    _announce(state, script, argv, environment)
    outcome = run_command(
        Command(argv, folder, _whole_environment(state, environment, files), seconds),
        limits=state.assignment.limits,
        line=state.console.print,
        goes_on=goes_on,
    )
    _take_over(state, step, files)
    return outcome


def _defaults(state: JobState) -> RunDefaults:
    workflow, job = state.assignment.workflow.defaults, state.assignment.job.defaults
    return RunDefaults(
        shell=job.shell or workflow.shell,
        working_directory=job.working_directory or workflow.working_directory,
    )


def _folder(state: JobState, name: str) -> Path:
    folder = state.workspace.checkout / name
    if not folder.is_dir():
        raise StepFailed(f"The working directory {name!r} does not exist.")
    return folder


def _argv(shell: str, file: Path) -> list[str]:
    parts = _SHELLS.get(shell)
    if parts is None:
        if "{0}" not in shell:
            raise StepFailed(f"The embedded runner has no shell {shell!r}: use bash, sh or python.")
        parts = tuple(shlex.split(shell))
    return [part.replace("{0}", str(file)) for part in parts]


def _announce(
    state: JobState, script: str, argv: list[str], environment: Mapping[str, str]
) -> None:
    lines = script.strip().splitlines() or [""]
    state.console.say(f"##[group]Run {lines[0]}")
    for line in lines[:200]:
        state.console.say(f"\x1b[36;1m{line}\x1b[0m")
    state.console.say(f"shell: {shlex.join(argv)}")
    if environment:
        state.console.say("env:")
        for name, value in list(environment.items())[:100]:
            state.console.say(f"  {name}: {value[:500]}")
    state.console.say("##[endgroup]")


def _whole_environment(
    state: JobState, environment: Mapping[str, str], files: Mapping[str, Path]
) -> dict[str, str]:
    workspace = state.workspace
    asked = {name: value for name, value in environment.items() if not name.startswith(_PROTECTED)}
    path = [*state.path]
    if "PATH" in asked:
        path = [asked["PATH"]]
    return {
        **state.base_environment,
        **asked,
        **state.assignment.variables,
        "CI": asked.get("CI", "true"),
        "PATH": ":".join(path),
        "GITHUB_WORKSPACE": str(workspace.checkout),
        "GITHUB_EVENT_PATH": str(workspace.temporary / "event.json"),
        "RUNNER_TEMP": str(workspace.temporary),
        "RUNNER_TOOL_CACHE": str(workspace.tools),
        "TMPDIR": str(workspace.temporary),
        **{name: str(file) for name, file in files.items()},
    }


def _take_over(state: JobState, step: Step, files: Mapping[str, Path]) -> None:
    # Bounded and without following links: the step may have put anything in their place.
    from_file = {
        name: read_bounded(file, MAX_FILE)
        for name, file in files.items()
        if name in {"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"}
    }
    try:
        outputs = parse_file(from_file["GITHUB_OUTPUT"])
        variables = parse_file(from_file["GITHUB_ENV"])
    except FileCommandInvalid as error:
        raise StepFailed(f"Unable to process the step's output: {error}.") from error
    if step.id:
        state.steps[step.id]["outputs"].update(outputs)
    for name, value in variables.items():
        if name.startswith(_PROTECTED) or name in {"CI", "NODE_OPTIONS"}:
            state.console.annotate("warning", f"{name} cannot be set through GITHUB_ENV.")
        else:
            state.environment[name] = value
    for line in from_file["GITHUB_PATH"].splitlines()[:_MAX_PATHS]:
        if line.strip() and line not in state.path:
            state.path.insert(0, line.strip())
    if text := from_file["GITHUB_STEP_SUMMARY"]:
        state.summary.append(text)
