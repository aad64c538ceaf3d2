"""Repositories with workflow files, pushed to as the forge's own push does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest
from django.utils import timezone

from apps.forge.git.objects import ZERO, Commit, GitObject, Signature, TreeEntry, tree_object
from apps.forge.git.repository import GitRepository
from apps.forge.models import Account, Repository, RepositoryEvent, WorkflowJob, WorkflowRun
from apps.forge.tasks.jobs import run_job
from apps.forge.tasks.pushes import start_workflows


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory) -> Path:
    """The cache of interpreters and packages: making it once is enough."""
    return tmp_path_factory.mktemp("forge-cache")


@pytest.fixture
def forge_data(tmp_path: Path, settings, shared_cache: Path) -> Path:
    settings.FORGE_DATA = tmp_path / "forge"
    settings.FORGE_DATA.mkdir()
    (settings.FORGE_DATA / "cache").symlink_to(shared_cache)
    return settings.FORGE_DATA


@dataclass
class Pushed:
    """A repository, and a way to push to it."""

    repository: Repository
    sender: Account
    tip: str = ZERO
    files: dict[str, str] = field(default_factory=dict)

    @property
    def git(self) -> GitRepository:
        return GitRepository(self.repository.folder)

    def commit(self, files: dict[str, str], message: str = "Change files") -> str:
        self.files |= {path: dedent(text) for path, text in files.items()}
        root = _write_tree(self.git, self.files)
        who = Signature("Ada", "ada@acme.example", timezone.now())
        parents = () if self.tip == ZERO else (self.tip,)
        commit = Commit(tree=root, parents=parents, author=who, committer=who, message=message)
        (sha,) = self.git.write([commit.as_object()])
        return sha

    def push(
        self, files: dict[str, str], message: str = "Change files", ref: str = "refs/heads/main"
    ) -> list[WorkflowRun]:
        """Push a commit, start what it asks for, and return the runs that came of it."""
        before = self.tip if ref == "refs/heads/main" else ZERO
        sha = self.commit(files, message)
        self.git.update_ref(ref, sha)
        if ref == "refs/heads/main":
            self.tip = sha
        known = set(WorkflowRun.objects.values_list("pk", flat=True))
        event = RepositoryEvent.objects.create(
            repository=self.repository,
            sender=self.sender,
            event=RepositoryEvent.PUSH,
            details={"ref": ref, "before": before, "after": sha},
        )
        start_workflows(event_id=event.pk)
        return list(WorkflowRun.objects.exclude(pk__in=known).order_by("pk"))


def _write_tree(git: GitRepository, files: dict[str, str]) -> str:
    entries: list[TreeEntry] = []
    folders: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        first, _, rest = path.partition("/")
        if rest:
            folders.setdefault(first, {})[rest] = text
        else:
            (sha,) = git.write([GitObject("blob", text.encode())])
            entries.append(TreeEntry(path=first, mode="100644", type="blob", sha=sha))
    for name, inside in folders.items():
        entries.append(
            TreeEntry(path=name, mode="40000", type="tree", sha=_write_tree(git, inside))
        )
    (sha,) = git.write([tree_object(entries)])
    return sha


@pytest.fixture
def pushed(db, forge_data: Path) -> Pushed:
    acme = Account.objects.create(login="acme", type=Account.Type.ORGANIZATION)
    ada = Account.objects.create(login="ada", email="ada@acme.example")
    repository = Repository.objects.create(owner=acme, name="checkout", default_branch="main")
    GitRepository.create(repository.folder, default_branch="main")
    return Pushed(repository, ada)


def drain() -> None:
    """Run every job that waits for a worker, and those that become ready by it."""
    for _ in range(50):
        waiting = WorkflowJob.objects.filter(status="queued", dispatched_at__isnull=False)
        job = waiting.order_by("pk").first()
        if job is None:
            return
        run_job(job_id=job.pk)


@pytest.fixture
def run_workflow(pushed: Pushed) -> Callable[..., WorkflowRun]:
    """Push a workflow file and other files, run all jobs, and return the run as it ended."""

    def run(workflow: str, **files: str) -> WorkflowRun:
        named = {path.replace("__", "."): text for path, text in files.items()}
        (started,) = pushed.push({".github/workflows/ci.yml": workflow, **named})
        drain()
        started.refresh_from_db()
        return started

    return run


def log_of(job: WorkflowJob) -> str:
    return job.log_file.read_text()
