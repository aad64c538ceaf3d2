"""
How long the pages of a large catalog take: `python benchmarks/pages.py [--entities 10000]`.

Loads a generated catalog into a database of its own on the embedded PostgreSQL, and prints the
server time of each page (median, 95th percentile, number of queries), measured around the handler
of Django. Nothing of a running portal is touched.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))
FOLDER = Path(tempfile.mkdtemp(prefix="callboard-bench-"))
os.environ["CALLBOARD_DATA"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
os.environ.pop("DATABASE_URL", None)

OWNERS, SYSTEMS, PER_FILE = 40, 200, 100


def documents(count: int) -> list[str]:
    """Return so many YAML documents: groups, systems, APIs and components that refer to them."""
    group = "  type: team\n  children: []\n"
    texts = [_document("Group", f"team-{number}", group) for number in range(OWNERS)]
    texts += [
        _document("System", f"system-{number}", f"  owner: team-{number % OWNERS}\n")
        for number in range(SYSTEMS)
    ]
    rest = max(0, count - len(texts))
    for number in range(rest):
        owner, system = number % OWNERS, number % SYSTEMS
        if number % 5 == 0:
            spec = f"  type: openapi\n  lifecycle: production\n  owner: team-{owner}\n"
            spec += f"  system: system-{system}\n  definition: 'openapi: 3.0.0'\n"
            texts.append(_document("API", f"api-{number}", spec))
            continue
        kind = ("service", "library", "website")[number % 3]
        spec = f"  type: {kind}\n  lifecycle: production\n  owner: team-{owner}\n"
        spec += f"  system: system-{system}\n  providesApis: [api-{number - number % 5}]\n"
        spec += f"  dependsOn: ['component:component-{max(1, number - 7)}']\n"
        texts.append(_document("Component", f"component-{number}", spec, tags=["python", kind]))
    return texts[:count]


def _document(kind: str, name: str, spec: str, tags: list[str] | None = None) -> str:
    tag_line = f"  tags: [{', '.join(tags)}]\n" if tags else ""
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n"
        f"  description: The {kind} {name} of a generated catalog\n{tag_line}spec:\n{spec}"
    )


def main() -> None:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=60)
    arguments = parser.parse_args()

    from portal.embedded.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(FOLDER / "postgres")
    server.start()
    server.ensure_database("callboard")
    try:
        measure(arguments.entities, arguments.requests)
    finally:
        server.stop()


def measure(entities: int, requests: int) -> None:
    """Print the table."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, reset_queries
    from django.test import Client
    from django.utils import timezone

    from apps.accounts.models import Role, User
    from apps.catalog import services

    call_command("migrate", verbosity=0)
    settings.FILE_LOCATION_ROOTS = [str(FOLDER)]
    texts = documents(entities)
    for start in range(0, len(texts), PER_FILE):
        file = FOLDER / "catalog" / f"{start:07d}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text("---\n".join(texts[start : start + PER_FILE]))
    location = services.register_location(
        actor=None, target=str(FOLDER / "catalog/*.yaml"), trusted=True, now=timezone.now()
    )
    started = time.perf_counter()
    services.process_location_now(location_id=location.pk, now=timezone.now())
    print(f"ingestion of {entities} entities: {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    services.process_location_now(location_id=location.pk, now=timezone.now())
    print(f"the same again, unchanged: {time.perf_counter() - started:.1f} s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")

    user = User.objects.create(username="bench", role=Role.ADMIN)
    client = Client()
    client.force_login(user)
    pages = {
        "catalog list": "/catalog",
        "catalog list, filtered": "/catalog?kind=component&type=service&owner=group:default/team-3",
        "catalog list, text": "/catalog?q=component-77",
        "catalog list, last page": "/catalog?page=300",
        "entity page": "/catalog/default/component/component-777",
        "group page": "/catalog/default/group/team-7",
        "graph": "/graph?ref=component:default/component-777",
        "search": "/search?q=component-77",
        "by-query": "/api/catalog/entities/by-query?filter=kind=component&limit=20",
        "facets": "/api/catalog/entity-facets?facet=kind&facet=spec.type&facet=metadata.tags",
    }
    print(f"{'page':<26}{'median ms':>10}{'p95 ms':>9}{'queries':>9}{'kB':>7}")
    for name, path in pages.items():
        client.get(path)
        times = []
        for _ in range(requests):
            begin = time.perf_counter()
            response = client.get(path)
            times.append((time.perf_counter() - begin) * 1000)
        settings.DEBUG = True
        reset_queries()
        client.get(path)
        queries = len(connection.queries)
        settings.DEBUG = False
        assert response.status_code == 200, (path, response.status_code)
        p95 = statistics.quantiles(times, n=20)[-1]
        size = len(response.content) / 1000
        print(f"{name:<26}{statistics.median(times):>10.1f}{p95:>9.1f}{queries:>9}{size:>7.0f}")


if __name__ == "__main__":
    main()
