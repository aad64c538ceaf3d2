"""Entities put straight into the table, as stitching writes them."""

import json
import uuid
from hashlib import sha1
from typing import Any

from django.utils import timezone

from apps.catalog.domain.search_index import index_rows, terms
from apps.catalog.models import Entity, Location


def make_entity(data: dict[str, Any], *, restricted: bool = False) -> Entity:
    """Store a final entity with the columns that are taken from it."""
    metadata = data["metadata"]
    namespace = metadata.setdefault("namespace", "default")
    ref = f"{data['kind']}:{namespace}/{metadata['name']}".lower()
    uid = uuid.UUID(sha1(ref.encode()).hexdigest()[:32])
    metadata.setdefault("uid", str(uid))
    spec = data.get("spec", {})
    location, _ = Location.objects.get_or_create(type="url", target="https://forge.example/x")
    return Entity.objects.create(
        uid=uid,
        ref=ref,
        kind=data["kind"],
        namespace=namespace,
        name=metadata["name"],
        sort_name=metadata.get("title", metadata["name"]).lower(),
        title=metadata.get("title", ""),
        description=metadata.get("description", ""),
        type=spec.get("type", ""),
        lifecycle=spec.get("lifecycle", ""),
        tags=metadata.get("tags", []),
        owner_ref=next(
            (r["targetRef"] for r in data.get("relations", []) if r["type"] == "ownedBy"), ""
        ),
        terms=list(terms(index_rows(data))),
        search_text=json.dumps(data).lower(),
        data=data,
        etag="e",
        is_restricted=restricted,
        claim_id=0,
        location=location,
        created_at=timezone.now(),
        updated_at=timezone.now(),
    )


def component(name: str, **changes: Any) -> dict[str, Any]:
    """Return a component in Backstage's form."""
    spec = {"type": "service", "lifecycle": "production", "owner": "payments"} | changes.pop(
        "spec", {}
    )
    metadata = {"name": name} | changes.pop("metadata", {})
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": metadata,
        "spec": spec,
        "relations": [{"type": "ownedBy", "targetRef": "group:default/payments"}],
    } | changes
