"""Facts from the files of a repository: one listing, and only the files that are needed."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.yaml_guard import InvalidYaml, load_one
from apps.integrations.github import errors
from apps.integrations.github.client import GitHubClient, client_for
from apps.scorecards.domain.states import EvidenceClass
from apps.scorecards.extensions import FactSpec, Observation, Repository, Subject
from apps.scorecards.facts import codeowners, containers, dependencies, documents, pipelines, readme
from apps.scorecards.facts.repository_files import MAX_PATHS, RepositoryFiles, vendored_prefixes

logger = logging.getLogger(__name__)
TTL = timedelta(days=2)
NO_REPOSITORY = "The catalog names no repository for this entity."
_PARSED = EvidenceClass.PARSED


def _spec(key: str, description: str, **fields: str) -> FactSpec:
    return FactSpec(key, description, fields, _PARSED, TTL)


SPECS = (
    _spec("repo", "the repository", forge="text", full_name="text",
          web_url="text", branch="text", files="int",
          truncated="bool", archived="bool"),
    _spec("readme", "the README", exists="bool", path="text", characters="int",
          headings="list of {text, line}", missing="list of text"),
    _spec("codeowners", "CODEOWNERS", exists="bool", path="text", default_line="int",
          owners="list of text", has_default="bool", email_owners="list of {path, line, owner}"),
    _spec("workflows", "workflow files, local calls resolved",
          files="list of {path, triggers, on_pull_request, permissions, only_called}",
          uses="list of {path, line, text, ref, must_pin, pinned}",
          images="list of {path, line, text, pinned}", dangers="list of {path, line, text}",
          remote="list of uses", tests="list of {path, line, runner, on_pull_request, can_fail}",
          installs="list of {path, line, text, ecosystem, frozen}",
          builds_docs="list of steps", exports_contract="list of steps",
          tests_contract="list of steps", attests="list of uses", makes_sbom="list of steps"),
    _spec("containers", "Dockerfiles", dockerignore="text",
          dockerfiles="list of {path, line, from_line, stages, base, user, small, nonroot}"),
    _spec("manifests", "manifests with dependencies", ecosystems="list of text",
          manifests="list of {path, ecosystem, lock, locked}"),
    _spec("updates", "Dependabot or Renovate", tool="text", path="text", problem="text",
          ecosystems="list of text", wanted="list of text", missing="list of text"),
    _spec("docs", "documentation beside the code", site="text", index="text",
          decisions="list of text"),
    _spec("runbook", "the runbook", path="text", missing="list of text", characters="int"),
    _spec("contracts", "machine-readable contracts", files="list of {path, line, kind}"),
    _spec("health", "health and metrics routes", routes="list of {path, line, text}",
          metrics="list of {path, line, text}"),
    _spec("test_files", "files that look like tests", count="int", paths="list of text"),
)  # fmt: skip
KEYS = tuple(spec.key for spec in SPECS)


@dataclass(frozen=True)
class RepositoryCollector:
    """Reads the default branch of each repository once, however many components live in it."""

    client: Callable[..., GitHubClient] = client_for
    key: str = "repository"
    order: int = 20
    scope: str = "repository"
    facts: Sequence[FactSpec] = SPECS

    def collect(self, subjects: Sequence[Subject], *, now: datetime) -> Iterator[Observation]:
        """Give the twelve facts of each subject; without repository, or without access, why not."""
        by_repository: dict[Repository, list[Subject]] = {}
        for subject in subjects:
            if subject.repository is None:
                yield from without_data(subject, KEYS, NO_REPOSITORY)
            else:
                whole = Repository(
                    subject.repository.host,
                    subject.repository.full_name,
                    subject.repository.web_url,
                    subject.repository.branch,
                )
                by_repository.setdefault(whole, []).append(subject)
        for repository, members in by_repository.items():
            yield from self._repository(repository, members)

    def _repository(
        self, repository: Repository, subjects: Sequence[Subject]
    ) -> Iterator[Observation]:
        try:
            files, general = _listing(self.client, repository)
        except errors.GitHubError as error:
            for subject in subjects:
                yield from without_data(subject, KEYS, reason_of(error, "contents:read"))
            return
        for subject in subjects:
            yield from _observations(subject, files, general)


def _listing(
    client_of: Callable[..., GitHubClient], repository: Repository
) -> tuple[RepositoryFiles, dict[str, Any]]:
    client = client_of(repository.full_name.partition("/")[0])
    found = client.get_repository(repository.full_name)
    branch = repository.branch or found.default_branch
    shas: dict[str, str] = {}
    truncated = False
    try:
        tree = client.get_tree(repository.full_name, branch)
        shas = {file.path: file.sha for file in tree.files[:MAX_PATHS]}
        truncated = tree.truncated or len(tree.files) > MAX_PATHS
    except errors.Conflict:
        shas = {}  # an empty repository has no tree and is no failure

    def fetch(path: str) -> bytes | None:
        try:
            return client.get_blob(repository.full_name, shas[path])
        except errors.NotFound:
            return None

    attributes = fetch(".gitattributes") if ".gitattributes" in shas else None
    files = RepositoryFiles(
        full_name=repository.full_name,
        branch=branch,
        paths=tuple(sorted(shas)),
        fetch=fetch,
        truncated=truncated,
        vendored=vendored_prefixes((attributes or b"").decode("utf-8", errors="replace")),
    )
    general = {
        "forge": "github",
        "full_name": repository.full_name,
        "web_url": found.html_url or repository.web_url,
        "branch": branch,
        "files": len(shas),
        "truncated": truncated,
        "archived": found.archived,
    }
    return files, general


def _observations(
    subject: Subject, files: RepositoryFiles, general: dict[str, Any]
) -> Iterator[Observation]:
    own = files.of(subject.repository.path if subject.repository else "")
    try:
        values = read_all(own, general)
    except errors.GitHubError as error:
        yield from without_data(subject, KEYS, reason_of(error, "contents:read"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # A parser met something it was not made for: the rules say so, and no rule fails for it.
        logger.exception("Reading %s for %s failed.", files.full_name, subject.ref)
        for key in KEYS:
            reason = f"Reading the repository failed: {type(error).__name__}."
            yield Observation(subject.ref, key, None, reason=reason, failed=True)
    else:
        for key, value in values.items():
            place = str(value.get("path") or "")
            yield Observation(subject.ref, key, value, f"{files.full_name}/{place}".rstrip("/"))


def read_all(files: RepositoryFiles, general: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return every fact of the files, by key."""
    manifests = dependencies.read_manifests(files)
    return {
        "repo": general,
        "readme": _readme(files),
        "codeowners": _codeowners(files),
        "workflows": pipelines.read_pipelines(files, parse_yaml),
        "containers": containers.read_containers(files),
        "manifests": manifests,
        "updates": dependencies.read_updates(files, parse_yaml, manifests["ecosystems"]),
        "docs": documents.read_documents(files),
        "runbook": documents.read_runbook(files),
        "contracts": documents.read_contracts(files),
        "health": documents.read_health(files),
        "test_files": documents.read_tests(files),
    }


def parse_yaml(text: str) -> tuple[Any, str]:
    """Return the parsed text and "", or None and what is wrong."""
    try:
        return load_one(text.encode(), where="").value, ""
    except InvalidYaml as error:
        return None, str(error)


def without_data(subject: Subject, keys: Sequence[str], reason: str) -> Iterator[Observation]:
    """Give an observation without value for each key."""
    for key in keys:
        yield Observation(subject.ref, key, None, reason=reason[:500])


def reason_of(error: errors.GitHubError, scope: str) -> str:
    """Return why the forge gave nothing; for a missing permission, which one would do."""
    if isinstance(error, errors.PermissionMissing):
        return f"The portal's token lacks {error.scope or scope}: {error.message}"
    if isinstance(error, errors.NotFound):
        return f"The repository cannot be seen; the portal's token needs {scope}."
    return error.message


def _readme(files: RepositoryFiles) -> dict[str, Any]:
    path = files.first(
        ["README.md", "README.rst", "README.adoc", "README.txt", "README", "readme.md"]
    )
    text = files.read(path) if path else None
    return readme.parse_readme(path, text) if path and text is not None else readme.NO_README


def _codeowners(files: RepositoryFiles) -> dict[str, Any]:
    path = next((place for place in codeowners.LOCATIONS if files.has(place)), None)
    text = files.read(path) if path else None
    if path is None or text is None:
        return codeowners.NO_CODEOWNERS
    return codeowners.parse_codeowners(path, text)
