"""The real templates that forms are tried on: those of the corpus and our own golden paths."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("CALLBOARD_CORPUS", ROOT.parent / "shared" / "corpus"))
GOLDEN_PATHS = ROOT / "demo" / "golden-paths"


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every Template document with where it stands."""
    for folder in (GOLDEN_PATHS, CORPUS):
        for file in sorted(folder.glob("**/*.y*ml")):
            yield from _of_file(file, folder)


def _of_file(file: Path, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return  # A skeleton before rendering, or a file that is broken on purpose.
    for document in documents:
        if isinstance(document, dict) and document.get("kind") == "Template":
            yield str(file.relative_to(folder)), document


def pages_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of a template's pages."""
    parameters = (template.get("spec") or {}).get("parameters") or []
    return parameters if isinstance(parameters, list) else [parameters]
