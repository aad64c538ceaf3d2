#!/usr/bin/env python3
"""
Ingestion of a generated catalog: complete, unchanged, and with one changed file.

usage: python benchmarks/ingest.py FOLDER [--keep]

FOLDER holds `all.yaml` and the files it points at, with `expected.json` beside it if the generator
wrote one. Works on the database of DATABASE_URL; what it registers is removed again unless --keep.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.catalog import services  # noqa: E402
from apps.catalog.selectors import counts  # noqa: E402


def measured(label: str, location_id: object) -> None:
    """Run the location once and print wall time, processor time and peak memory."""
    wall, cpu = time.perf_counter(), time.process_time()
    run = services.process_location_now(location_id=str(location_id), now=timezone.now())
    assert run is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{label:<28} {time.perf_counter() - wall:7.2f} s wall"
        f" {time.process_time() - cpu:7.2f} s processor {peak:6.0f} MiB peak"
        f" {len(run.changed):>7} changed"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = options.folder.resolve()
    location = services.register_location(
        actor=None, target=str(folder / "all.yaml"), trusted=True, now=timezone.now()
    )
    try:
        measured("complete", location.pk)
        measured("unchanged", location.pk)
        changed = sorted((folder / "entities").glob("*.yaml"))[0]
        before = changed.read_bytes()
        try:
            changed.write_bytes(before.replace(b"lifecycle: production", b"lifecycle: deprecated"))
            measured("one file changed", location.pk)
        finally:
            changed.write_bytes(before)
        expected = folder / "expected.json"
        if expected.exists():
            for kind, count in json.loads(expected.read_text())["kinds"].items():
                found = counts.public_count(kind)
                print(f"{kind:<12} {found:>7} of {count}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database()) / 1048576")
            print(f"database {cursor.fetchone()[0]} MiB")
    finally:
        if not options.keep:
            services.unregister_location(actor=None, location_id=location.pk, now=timezone.now())


if __name__ == "__main__":
    main()
