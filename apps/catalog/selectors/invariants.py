"""What must always hold in the catalog's tables; each is a query that finds nothing."""

from django.db import connection

# (what is wrong, a query that returns the names of what is)
INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "an entity's reference is not made of its kind, namespace and name",
        "SELECT ref FROM catalog_entity"
        " WHERE ref <> lower(kind || ':' || namespace || '/' || name)",
    ),
    (
        "an entity comes from a document that is gone or does not hold its name",
        "SELECT e.ref FROM catalog_entity e LEFT JOIN catalog_claim c ON c.id = e.claim_id"
        " WHERE c.id IS NULL OR c.ref <> e.ref OR c.entity IS NULL OR c.state = 'conflict'",
    ),
    (
        "an active document with a good version has no entity",
        "SELECT c.ref FROM catalog_claim c LEFT JOIN catalog_entity e ON e.ref = c.ref"
        " WHERE c.state = 'active' AND c.entity IS NOT NULL AND e.id IS NULL",
    ),
    (
        "two documents hold one name",
        "SELECT ref FROM catalog_claim WHERE state <> 'conflict' AND entity IS NOT NULL"
        " GROUP BY ref HAVING count(*) > 1",
    ),
    (
        "a relation belongs to a document that is gone",
        "SELECT r.source_ref FROM catalog_relation r LEFT JOIN catalog_claim c"
        " ON c.id = r.claim_id WHERE c.id IS NULL",
    ),
    (
        "a relation does not show on the entity that states it",
        "SELECT r.source_ref FROM catalog_relation r"
        " JOIN catalog_claim c ON c.id = r.claim_id AND c.state <> 'conflict'"
        " JOIN catalog_entity e ON e.ref = r.source_ref"
        " WHERE NOT (e.data->'relations')::jsonb @> jsonb_build_array("
        "jsonb_build_object('type', r.type, 'targetRef', r.target_ref))",
    ),
    (
        "a user, group or template comes from a location that is not trusted",
        "SELECT e.ref FROM catalog_entity e JOIN catalog_location l ON l.id = e.location_id"
        " WHERE e.kind IN ('User', 'Group', 'Template') AND NOT l.trusted",
    ),
    (
        "an entity belongs to no registered location",
        "SELECT e.ref FROM catalog_entity e"
        " LEFT JOIN catalog_location l ON l.id = e.location_id WHERE l.id IS NULL",
    ),
    (
        "an entity as served names another one than its columns do",
        "SELECT ref FROM catalog_entity WHERE lower(data #>> '{metadata,name}') <> lower(name)",
    ),
)
MAX_NAMES = 5


def violated() -> list[str]:
    """Return one sentence for each invariant that does not hold."""
    sentences = []
    with connection.cursor() as cursor:
        for wrong, query in INVARIANTS:
            cursor.execute(query)
            names = [str(row[0]) for row in cursor.fetchmany(1000)]
            if names:
                shown = ", ".join(names[:MAX_NAMES])
                sentences.append(f"Catalog: {wrong} ({len(names)}: {shown}).")
    return sentences
