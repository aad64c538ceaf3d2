"""Entities for the tests of forms and pages, written as the catalog would."""

import uuid
from typing import Any

from django.utils import timezone

from apps.accounts.models import Membership
from apps.catalog.domain.ref import ref_of
from apps.catalog.domain.search_index import index_rows, terms
from apps.catalog.models import Entity


def make_entity(kind: str, name: str, **spec: Any) -> Entity:
    """Write one entity; `metadata` may be given among the keywords."""
    metadata = {"name": name, "namespace": "default", **spec.pop("metadata", {})}
    data = {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
    return store(data)


def store(data: dict[str, Any]) -> Entity:
    """Write an entity that is given whole."""
    ref = str(ref_of(data))
    metadata, spec = data["metadata"], data.get("spec", {})
    now = timezone.now()
    return Entity.objects.create(
        ref=ref,
        kind=data["kind"],
        namespace=metadata.get("namespace", "default"),
        name=metadata["name"],
        sort_name=str(metadata.get("title") or metadata["name"]).lower(),
        title=metadata.get("title", ""),
        description=metadata.get("description", ""),
        type=str(spec.get("type", "")),
        owner_ref=str(spec.get("owner", "")),
        tags=metadata.get("tags", []),
        terms=sorted(set(terms(index_rows(data)))),
        search_text=f"{metadata['name']} {metadata.get('title', '')}".lower(),
        data=data,
        etag="1",
        claim_id=1,
        location_id=uuid.uuid4(),
        created_at=now,
        updated_at=now,
    )


def make_team(name: str, *members: str, title: str = "") -> Entity:
    """Write a group and who is directly in it."""
    for member in members:
        Membership.objects.create(
            user_ref=f"user:default/{member}", group_ref=f"group:default/{name}", direct=True
        )
    return make_entity(
        "Group", name, type="team", children=[], metadata={"title": title or name.capitalize()}
    )


def make_template(name: str = "service", **changes: Any) -> Entity:
    """Write a Template entity of one page and one harmless step, unless told otherwise."""
    metadata = {
        "name": name,
        "title": "Python web service",
        "description": "A service with tests",
        "tags": ["recommended", "python"],
        "annotations": {
            "backstage.io/managed-by-location": (
                "url:http://localhost:1/acme/golden-paths/blob/main/service/template.yaml"
            )
        },
        **changes.pop("metadata", {}),
    }
    spec: dict[str, Any] = {
        "type": "service",
        "owner": "group:default/platform",
        "parameters": [
            {
                "title": "What it is",
                "required": ["name"],
                "properties": {
                    "name": {
                        "title": "Name",
                        "type": "string",
                        "pattern": "^[a-z-]+$",
                        "ui:field": "EntityNamePicker",
                    },
                    "note": {"title": "Note", "type": "string"},
                },
            }
        ],
        "steps": [{"id": "say", "name": "Say it", "action": "debug:log", "input": {}}],
        **changes,
    }
    return store(
        {
            "apiVersion": "scaffolder.backstage.io/v1beta3",
            "kind": "Template",
            "metadata": metadata,
            "spec": spec,
        }
    )
