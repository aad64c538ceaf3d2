"""What the repositories of Acme hold: their own files, the pieces around them, their descriptor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.core.yaml_guard import load_documents, load_one

DEMO = settings.BASE_DIR / "demo"
ACME = DEMO / "acme"
ORGANIZATION = "acme"
# Files of the demonstration name the forge so; it is known only when it runs.
ANY_FORGE = "https://forge.example"


@dataclass(frozen=True)
class Change:
    """A later commit: in `path`, `before` becomes `after`; a push follows if `push`."""

    by: str
    days: int
    say: str
    path: str
    before: str
    after: str
    push: bool = False


@dataclass(frozen=True)
class DemoRepository:
    """One repository with the state of its newest commit and how it came there."""

    name: str
    team: str
    description: str
    files: Mapping[str, str]
    people: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    protect: bool = False
    topics: tuple[str, ...] = ()
    executables: frozenset[str] = field(default_factory=frozenset)


def acme_repositories() -> list[DemoRepository]:
    """
    Return the repositories of components, as demo/acme/repositories.yaml describes them.

    :raises apps.core.yaml_guard.InvalidYaml: naming file and line
    """
    return [_component(entry) for entry in _yaml("repositories.yaml")]


def catalog_repository() -> DemoRepository:
    """Return the repository of what does not live beside its code."""
    return _folder("catalog", ACME / "catalog", "Domains, systems, teams and people of Acme")


def golden_paths_repository() -> DemoRepository:
    """Return the repository of the golden paths."""
    return _folder("golden-paths", DEMO / "golden-paths", "Where new services begin")


def demo_people() -> list[dict[str, str]]:
    """Return whom one can be with one click."""
    return [dict(entry) for entry in _yaml("people.yaml")]


def acme_documents(path: str) -> list[dict[str, Any]]:
    """Return the documents of a file of demo/acme/catalog."""
    return [d.value for d in load_documents((ACME / "catalog" / path).read_bytes(), where=path)]


def _yaml(name: str) -> list[dict[str, Any]]:
    found = load_one((ACME / name).read_bytes(), where=name).value
    return list(found)


def _folder(name: str, folder: Path, description: str) -> DemoRepository:
    return DemoRepository(
        name=name,
        team="platform",
        description=description,
        files=_read(folder, {ANY_FORGE: settings.GITHUB_URL}),
        people=("sam-rivera", "kenji-mori"),
        executables=_executables(folder),
        topics=("catalog",),
    )


def _component(entry: Mapping[str, Any]) -> DemoRepository:
    node = entry.get("language") == "node"
    values = {
        "name": entry["name"],
        "module": entry["module"],
        "main": entry.get("main", "server"),
        "team": entry["team"],
        "description": entry["description"],
        "about": " ".join(str(entry["about"]).split()),
        "title": (entry.get("api") or {}).get("title") or entry["name"],
        "system": entry["entity"]["system"],
        "run": "node src/server.js" if node else _python_command(entry, "-m {module}.{main}"),
        "test": "node --test"
        if node
        else _python_command(entry, "-m unittest discover -s tests -v"),
    }
    marks = {f"@@{key}@@": str(value) for key, value in values.items()}
    files: dict[str, str] = {}
    for piece in entry["pieces"]:
        files |= _read(ACME / "pieces" / piece, marks)
    files |= _read(ACME / "repositories" / entry["name"], marks)
    files |= entry.get("files", {})
    files["catalog-info.yaml"] = descriptor(entry, has_docs="mkdocs.yml" in files)
    return DemoRepository(
        name=entry["name"],
        team=entry["team"],
        description=entry["description"],
        files=files,
        people=tuple(entry["people"]),
        changes=tuple(Change(**change) for change in entry["changes"]),
        protect=bool(entry.get("protect")),
        topics=tuple(entry["entity"]["tags"]),
    )


def _python_command(entry: Mapping[str, Any], arguments: str) -> str:
    called = arguments.format(module=entry["module"], main=entry.get("main", "server"))
    return f"PYTHONPATH=src python {called}"


def descriptor(entry: Mapping[str, Any], *, has_docs: bool) -> str:
    """Return the catalog-info.yaml of a component, with the API that it provides."""
    entity, api = entry["entity"], entry.get("api") or {}
    name = entry["name"]
    provided = [*([api["name"]] if api.get("name") else []), *entity.get("providesApis", [])]
    lines = [
        "apiVersion: backstage.io/v1alpha1",
        "kind: Component",
        "metadata:",
        f"  name: {name}",
        f"  description: {entry['description']}",
        f"  tags: [{', '.join(entity['tags'])}]",
    ]
    if entity["tier"]:
        lines += ["  labels:", f'    tier: "{entity["tier"]}"']
    lines += ["  annotations:", f"    github.com/project-slug: {ORGANIZATION}/{name}"]
    if has_docs:
        lines.append("    backstage.io/techdocs-ref: dir:.")
    lines += [
        "  links:",
        f"    - url: https://metrics.acme.example/d/{name}",
        "      title: Dashboard",
        "      icon: dashboard",
        "spec:",
        f"  type: {entity['type']}",
        f"  lifecycle: {entity['lifecycle']}",
        f"  owner: group:default/{entry['team']}",
        f"  system: {entity['system']}",
    ]
    for key, refs in (("providesApis", provided), *_lists(entity)):
        if refs:
            lines.append(f"  {key}: [{', '.join(refs)}]")
    if api.get("name"):
        lines += [
            "---",
            "apiVersion: backstage.io/v1alpha1",
            "kind: API",
            "metadata:",
            f"  name: {api['name']}",
            f"  title: {api['title']}",
            f"  description: {api['description']}",
            "spec:",
            "  type: openapi",
            f"  lifecycle: {entity['lifecycle']}",
            f"  owner: group:default/{entry['team']}",
            f"  system: {entity['system']}",
            "  definition:",
            "    $text: ./openapi.json",
        ]
    return "\n".join(lines) + "\n"


def _lists(entity: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [(key, list(entity.get(key, []))) for key in ("consumesApis", "dependsOn")]


def _read(folder: Path, marks: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        name, text = str(path.relative_to(folder)), path.read_text(encoding="utf-8")
        for mark, value in marks.items():
            name, text = name.replace(mark, value), text.replace(mark, value)
        found[name] = text
    return found


def _executables(folder: Path) -> frozenset[str]:
    return frozenset(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_mode & 0o100
    )
