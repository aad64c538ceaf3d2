"""Rows and repositories for the tests of scorecards."""

import json
from datetime import UTC, datetime

from apps.catalog.models import Entity
from apps.integrations.github.results import Repository, Tree, TreeFile
from apps.scorecards.facts.repository_files import RepositoryFiles

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def make_entity(ref, *, owner="", spec=None, metadata=None, relations=(), source_url=""):
    """One entity as the catalog keeps it; the catalog's own tests cover how it gets there."""
    kind, _, rest = ref.partition(":")
    namespace, _, name = rest.partition("/")
    spelled = {"api": "API"}.get(kind, kind.capitalize())
    spec = spec or {}
    metadata = {"name": name, "namespace": namespace, **(metadata or {})}
    owner_ref = owner
    return Entity.objects.create(
        ref=ref,
        kind=spelled,
        namespace=namespace,
        name=name,
        sort_name=name,
        title=metadata.get("title", ""),
        description=metadata.get("description", ""),
        type=spec.get("type", ""),
        lifecycle=spec.get("lifecycle", ""),
        owner_ref=owner_ref,
        search_text=name,
        etag="e",
        source_url=source_url,
        data={
            "apiVersion": "backstage.io/v1alpha1",
            "kind": spelled,
            "metadata": metadata,
            "spec": spec,
            "relations": [{"type": t, "targetRef": r} for t, r in relations],
        },
        claim_id=0,
        location_id="00000000-0000-0000-0000-000000000000",
        created_at=NOW,
        updated_at=NOW,
    )


def make_team(name="checkout", people=("ada", "linus")):
    """A group with members, and the members."""
    for person in people:
        make_entity(f"user:default/{person}", spec={"profile": {"email": f"{person}@acme.example"}})
    return make_entity(
        f"group:default/{name}",
        spec={"type": "team"},
        relations=[("hasMember", f"user:default/{person}") for person in people],
    )


def make_component(name="checkout-api", *, owner="group:default/checkout", **spec):
    """A service with everything the catalog's rules ask for."""
    return make_entity(
        f"component:default/{name}",
        owner=owner,
        spec={
            "type": "service",
            "lifecycle": "production",
            "owner": "checkout",
            "system": "shop",
            **spec,
        },
        metadata={
            "description": "Places and amends orders for web and mobile",
            "labels": {"tier": "1"},
            "annotations": {"github.com/project-slug": f"acme/{name}"},
        },
        source_url=f"https://forge.example/acme/{name}/blob/main/catalog-info.yaml",
    )


def files_of(texts, *, full_name="acme/checkout-api", source_path=""):
    """A repository in memory; `reads` tells which files were fetched."""
    reads = []

    def fetch(path):
        reads.append(path)
        return texts[path].encode()

    files = RepositoryFiles(
        full_name=full_name,
        branch="main",
        paths=tuple(sorted(texts)),
        fetch=fetch,
        source_path=source_path,
    )
    return files, reads


SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"
GOOD = {
    "README.md": "# checkout-api\n\nPlaces and amends orders for web and mobile.\n\n"
    "## Run it locally\n\n"
    + "Words that say how. " * 25
    + "\n\n## Test it\n\n"
    + "Words that say how. " * 10
    + "\n\n## Deploy it\n\nMerge.\n",
    ".github/CODEOWNERS": "# who\n* @acme/checkout\n",
    ".github/dependabot.yml": "version: 2\nupdates:\n"
    + "".join(
        f"  - package-ecosystem: {name}\n    directory: /\n"
        for name in ("pip", "docker", "github-actions")
    ),
    ".github/workflows/ci.yml": f"""name: ci
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@{SHA}
      - run: pip install --require-hashes -r requirements.txt
      - run: python -m pytest
      - run: git diff --exit-code openapi.yaml
      - run: mkdocs build --strict
""",
    ".github/workflows/release.yml": f"""on: {{push: {{tags: ["v*"]}}}}
permissions: {{}}
jobs:
  release:
    steps:
      - uses: anchore/sbom-action@{SHA}
      - uses: actions/attest-build-provenance@{SHA}
""",
    "requirements.in": "pytest\n",
    "requirements.txt": "pytest==9.0 --hash=sha256:" + "0" * 64 + "\n",
    "Dockerfile": "FROM python:3.13 AS build\nRUN make\nFROM python:3.13-slim\n"
    "COPY --from=build /app /app\nUSER 10001\n",
    ".dockerignore": ".git\n",
    "mkdocs.yml": "site_name: x\n",
    "docs/index.md": "# x\n",
    "docs/adr/0001-begin.md": "# Begin\n",
    "docs/runbook.md": "## Symptoms\n## Rollback\n## Escalation\n## Dependencies\n",
    "openapi.yaml": "openapi: 3.1.0\n",
    "src/app.py": 'ROUTES = {"/healthz": ok, "/metrics": metrics}\n',
    "tests/test_app.py": "def test_it(): assert True\n",
}


class FakeForge:
    """The calls of the client that collectors make, over texts in memory."""

    def __init__(self, texts=None, **answers):
        self.texts = GOOD if texts is None else texts
        self.answers = answers
        self.calls = []

    def __call__(self, owner=""):
        return self

    def get_repository(self, full_name):
        self._answer("get_repository")
        owner, _, name = full_name.partition("/")
        return Repository(
            id=1, node_id="", full_name=full_name, owner=owner, name=name, html_url="",
            clone_url="", default_branch="main",
        )  # fmt: skip

    def get_tree(self, full_name, ref):
        self._answer("get_tree")
        return Tree("c" * 40, tuple(TreeFile(p, p, "100644", 1) for p in self.texts))

    def get_blob(self, full_name, sha):
        self.calls.append(("get_blob", sha))
        return self.texts[sha].encode()

    def __getattr__(self, name):
        def call(*args, **kwargs):
            return self._answer(name)

        return call

    def _answer(self, name):
        self.calls.append((name,))
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer


def as_json(value):
    """The value as the database gives it back."""
    return json.loads(json.dumps(value))
