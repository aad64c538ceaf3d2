"""`actions/checkout`: the files of the commit into the workspace."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from apps.core.safe_path import safe_relpath
from apps.forge.git import process
from apps.forge.runner.failures import StepFailed
from apps.forge.runner.state import JobState

_TIMEOUT_SECONDS = 120


def checkout(state: JobState, inputs: Mapping[str, str]) -> dict[str, str]:
    """
    Fetch the commit of the run, or the `ref` asked for, and check it out.

    :raises StepFailed: for another repository, a path outside, or a ref that does not exist
    """
    assignment = state.assignment
    wanted = inputs.get("repository", "") or assignment.repository_name
    if wanted.lower() != assignment.repository_name.lower():
        raise StepFailed(
            f"The embedded runner checks out {assignment.repository_name} only, not {wanted}."
        )
    for left_out in ("submodules", "lfs", "sparse-checkout", "ssh-key"):
        if inputs.get(left_out, "false") not in {"", "false"}:
            state.console.annotate(
                "notice", f"`{left_out}` of actions/checkout is not supported and left out."
            )
    path = safe_relpath(inputs.get("path", "") or ".", where="with.path", allow_dot=True)
    target = state.workspace.checkout / path
    target.mkdir(parents=True, exist_ok=True)
    ref = inputs.get("ref", "") or assignment.sha
    depth = inputs.get("fetch-depth", "1") or "1"
    if not depth.isdigit():
        raise StepFailed(f"`fetch-depth` must be a number, not {depth!r}.")
    sha = _fetch(state, target, ref, int(depth))
    state.console.say(f"HEAD is now at {sha}")
    return {"ref": assignment.ref, "commit": sha}


def _fetch(state: JobState, target: Path, ref: str, depth: int) -> str:
    assignment = state.assignment
    source = str(assignment.repository_folder)
    if ref.startswith("-"):
        raise StepFailed(f"{ref!r} is no ref.")
    if not (target / ".git").exists():
        branch = _branch(assignment.ref) or "main"
        _git(target, "init", "-q", f"--initial-branch={branch}")
        _git(target, "config", "gc.auto", "0")
        _git(target, "remote", "add", "origin", assignment.clone_url)
    limit = [f"--depth={depth}"] if depth else []
    tags = "--tags" if not depth else "--no-tags"
    refspecs = [ref] if depth else [ref, "+refs/heads/*:refs/remotes/origin/*"]
    _git(target, "fetch", "-q", tags, *limit, source, *refspecs)
    branch = _branch(assignment.ref)
    if branch and ref == assignment.sha:
        _git(target, "checkout", "-q", "--force", "-B", branch, "FETCH_HEAD")
    else:
        _git(target, "checkout", "-q", "--force", "--detach", "FETCH_HEAD")
    return _git(target, "rev-parse", "HEAD").strip()


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""


def _git(folder: Path, *arguments: str) -> str:
    # The transport of local files is allowed here and nowhere else; links stay links.
    environment = process.environment(GIT_ALLOW_PROTOCOL="file", GIT_LFS_SKIP_SMUDGE="1")
    options = ("-c", "core.symlinks=true", "-c", "advice.detachedHead=false")
    argv = ["git", "-C", str(folder), *options, *arguments]
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StepFailed(f"git {arguments[0]} took longer than {_TIMEOUT_SECONDS} s.") from error
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip()
        raise StepFailed(f"git {arguments[0]} failed: {message[:2000]}")
    return done.stdout.decode(errors="replace")
