"""
The corpus of real files, ingested; `python -m tests.catalog.corpus` writes its table of outcomes.

Each folder is one repository, registered and forgotten again, so that none takes a name from
another.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    django.setup()

from django.db import transaction
from django.utils import timezone

from apps.catalog import services
from apps.catalog.models import Claim, SourceFile

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = REPOSITORY / "docs" / "corpus-outcomes.tsv"
HEADER = "file\tline\toutcome\texplanation"
PATTERNS = ("**/*.{yaml,yml}", "**/.*.{yaml,yml}", "**/.*/**/*.{yaml,yml}")


def corpus_folder() -> Path | None:
    """Return the folder of the corpus, or None where it is not at hand."""
    named = os.environ.get("CALLBOARD_CORPUS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "corpus"
    return folder if folder.is_dir() else None


def yaml_files(folder: Path) -> list[str]:
    """Return every YAML file of the corpus, relative to it."""
    found = [*folder.rglob("*.yaml"), *folder.rglob("*.yml")]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def outcomes(folder: Path) -> list[str]:
    """Return a row for each document: its file and line, what came of it, and why."""
    rows: dict[str, list[tuple[int, str, str]]] = {name: [] for name in yaml_files(folder)}
    for repository in sorted(path for path in folder.iterdir() if path.is_dir()):
        for name, row in _repository(folder, repository):
            # A Location can name files that the corpus does not have.
            if name in rows:
                rows[name].append(row)
    return [
        f"{name}\t{line}\t{outcome}\t{why}"
        for name, found in rows.items()
        for line, outcome, why in (sorted(found) or [(1, "no document", "the file is empty")])
    ]


def _repository(folder: Path, repository: Path) -> Iterator[tuple[str, tuple[int, str, str]]]:
    now = timezone.now()
    seen: set[str] = set()
    locations = []
    for pattern in PATTERNS:
        location = services.register_location(
            actor=None,
            target=f"{repository}/{pattern}",
            trusted=True,
            presence="optional",
            now=now,
        )
        locations.append(location)
        services.process_location_now(location_id=location.pk, now=now)
        for file in SourceFile.objects.filter(location=location).exclude(url=""):
            if file.url in seen or not file.url.startswith(f"{folder}/"):
                continue
            seen.add(file.url)
            yield from _file(folder, file)
    for location in locations:
        services.unregister_location(actor=None, location_id=location.pk, now=now)


def _file(folder: Path, file: SourceFile) -> Iterator[tuple[str, tuple[int, str, str]]]:
    name = file.url.removeprefix(f"{folder}/")
    if file.problem is not None:
        yield name, (1, "unreadable", _plain(file.problem["message"], folder))
    for claim in Claim.objects.filter(file=file).order_by("ordinal"):
        errors = [p for p in claim.problems if p["level"] == "error"]
        why = "; ".join(
            _plain(f"line {p['line']}: {_path(p['path'])}{p['message']} {p['hint']}", folder)
            for p in errors or claim.problems
        )
        if claim.state == Claim.State.CONFLICT:
            yield name, (claim.line, f"conflict {claim.ref}", "another file has this name")
        elif errors:
            yield name, (claim.line, f"refused {claim.ref}".strip(), why)
        else:
            yield name, (claim.line, f"entity {claim.ref}", why)


def _path(path: list[str | int]) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _plain(text: str, folder: Path) -> str:
    return " ".join(text.replace(f"{folder}/", "").replace(str(folder), "").split())


def main() -> None:
    """Write the table anew, in a transaction that is taken back."""
    folder = corpus_folder()
    assert folder is not None, "there is no corpus here"
    with transaction.atomic():
        rows = outcomes(folder)
        transaction.set_rollback(True)
    TABLE.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
