"""What must always hold in the catalog; each query returns the rows that break it."""

from django.db import connection

LIMIT = 20

_INVARIANTS = {
    "An entity has the name that its claim states": """
        SELECT entity.ref FROM catalog_entity entity
        LEFT JOIN catalog_claim claim ON claim.id = entity.claim_id
        WHERE claim.id IS NULL OR claim.ref <> entity.ref OR claim.entity IS NULL
           OR claim.state = 'conflict'
    """,
    "A claim with a good version has its entity, or has lost its name to another": """
        SELECT claim.ref FROM catalog_claim claim
        LEFT JOIN catalog_entity entity ON entity.ref = claim.ref
        WHERE claim.entity IS NOT NULL AND claim.ref <> '' AND entity.id IS NULL
    """,
    "A name has one owner": """
        SELECT ref FROM catalog_claim
        WHERE entity IS NOT NULL AND state <> 'conflict' AND ref <> ''
        GROUP BY ref HAVING count(*) > 1
    """,
    "A relation is stated by a claim": """
        SELECT relation.source_ref FROM catalog_relation relation
        LEFT JOIN catalog_claim claim ON claim.id = relation.claim_id
        WHERE claim.id IS NULL
    """,
    "Both ends of a relation show it": """
        SELECT relation.source_ref FROM catalog_relation relation
        JOIN catalog_claim claim ON claim.id = relation.claim_id AND claim.state <> 'conflict'
        JOIN catalog_entity entity ON entity.ref = relation.source_ref
        WHERE NOT entity.data->'relations' @> jsonb_build_array(
            jsonb_build_object('type', relation.type, 'targetRef', relation.target_ref))
    """,
    "Users, groups and templates come from trusted locations": """
        SELECT entity.ref FROM catalog_entity entity
        JOIN catalog_location location ON location.id = entity.location_id
        WHERE entity.kind IN ('User', 'Group', 'Template') AND NOT location.trusted
    """,
    "An entity belongs to a registered location": """
        SELECT entity.ref FROM catalog_entity entity
        LEFT JOIN catalog_location location ON location.id = entity.location_id
        WHERE location.id IS NULL
    """,
}


def violated_invariants() -> list[str]:
    """Return a sentence for each thing that does not hold, with some of the references."""
    violated = []
    with connection.cursor() as cursor:
        for statement, query in _INVARIANTS.items():
            cursor.execute(f"{query} LIMIT {LIMIT}")
            refs = [str(row[0]) for row in cursor.fetchall()]
            if refs:
                violated.append(f"{statement}; broken by {', '.join(refs)}.")
    return violated
