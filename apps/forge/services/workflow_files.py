"""The workflow files of a commit, and which of them an event starts."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.forge.git.objects import EMPTY_TREE, ZERO
from apps.forge.git.process import GitError
from apps.forge.git.repository import GitRepository
from apps.forge.models import Repository, Workflow
from apps.forge.workflows.definition import Workflow as Definition
from apps.forge.workflows.document import MAX_BYTES
from apps.forge.workflows.parsing import parse_workflow
from apps.forge.workflows.problems import WorkflowInvalid

FOLDER = ".github/workflows"
MAX_FILES = 50
# GitHub stops looking at 300 files too and then runs the workflow.
_MAX_CHANGED = 300
_SKIP = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow file at a commit: its definition, or what is wrong with it."""

    path: str
    source: str
    definition: Definition | None
    problem: WorkflowInvalid | None = None


def read_file(git: GitRepository, sha: str, path: str) -> WorkflowFile | None:
    """Return one workflow file of a commit, or None if it has none there."""
    entry = git.entry(sha, path)
    if entry is None or entry.type != "blob":
        return None
    blob = git.read(entry.sha, type="blob") if (entry.size or 0) <= 2 * MAX_BYTES else None
    # One that is far too large is not read at all, but fails in the same words.
    content = blob.content if blob else b" " * (MAX_BYTES + 1)
    source = content.decode(errors="replace").replace("\0", "")
    try:
        return WorkflowFile(path, source, parse_workflow(source, path))
    except WorkflowInvalid as problem:
        return WorkflowFile(path, source[:MAX_BYTES], None, problem)


def workflow_paths(git: GitRepository, sha: str) -> list[str]:
    """Return the paths of the workflow files of a commit."""
    folder = git.entry(sha, FOLDER)
    if folder is None or folder.type != "tree":
        return []
    names = [
        entry.path
        for entry in git.tree(folder.sha)
        if entry.type == "blob" and entry.path.endswith((".yml", ".yaml"))
    ]
    return [f"{FOLDER}/{name}" for name in sorted(names)[:MAX_FILES]]


def workflow_files(git: GitRepository, sha: str) -> list[WorkflowFile]:
    """Return all workflow files of a commit."""
    files = (read_file(git, sha, path) for path in workflow_paths(git, sha))
    return [file for file in files if file is not None]


def enabled_files(repository: Repository, git: GitRepository, sha: str) -> list[WorkflowFile]:
    """Return the workflow files of a commit that nobody has disabled."""
    disabled = Workflow.objects.filter(repository=repository, state="disabled_manually")
    paths = set(disabled.values_list("path", flat=True))
    return [file for file in workflow_files(git, sha) if file.path not in paths]


def note_workflow(repository: Repository, path: str, name: str) -> Workflow:
    """Return the row of a workflow file, made at its first sight, its name kept current."""
    workflow, made = Workflow.objects.get_or_create(
        repository=repository, path=path[:255], defaults={"name": name[:255]}
    )
    if not made and (workflow.name != name[:255] or workflow.state == "deleted"):
        workflow.name = name[:255]
        workflow.state = "active" if workflow.state == "deleted" else workflow.state
        workflow.save()
    return workflow


def note_workflows_of_default_branch(repository: Repository) -> None:
    """Make the rows of a repository agree with the files of its default branch."""
    git = GitRepository(repository.folder)
    sha = git.resolve(repository.default_branch)
    files = workflow_files(git, sha) if sha else []
    for file in files:
        note_workflow(repository, file.path, file.definition.name if file.definition else file.path)
    paths = [file.path for file in files]
    gone = Workflow.objects.filter(repository=repository).exclude(path__in=paths)
    # One that ran on another branch only stays: GitHub lists it too.
    gone.filter(runs__head_branch=repository.default_branch, state="active").update(state="deleted")


def asks_to_skip(message: str) -> bool:
    """Tell whether a commit message asks for no workflows."""
    return any(mark in message for mark in _SKIP)


def changed_in_push(
    git: GitRepository, *, before: str, after: str, default_branch: str
) -> Sequence[str] | None:
    """Return the paths that a push changed; None if that cannot be told or is too much."""
    base = before
    if before == ZERO or git.commit(before) is None:
        default = git.resolve(default_branch)
        if default is None or default == after:
            return None
        base = git.run("merge-base", default, after, accept=(0, 1)).decode().strip() or EMPTY_TREE
    return changed_paths(git, base, after)


def changed_paths(git: GitRepository, base: str, head: str) -> Sequence[str] | None:
    """Return the paths that differ between two commits; None if that cannot be told."""
    try:
        output = git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, head)
    except GitError:
        return None
    paths = [path for path in output.decode(errors="replace").split("\0") if path]
    return None if len(paths) > _MAX_CHANGED else paths
