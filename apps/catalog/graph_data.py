"""A graph as the pages need it: JSON for the drawing, and the same as a nested list."""

from typing import Any

from apps.catalog.domain.records import EntitySummary, Graph
from apps.catalog.domain.ref import EntityRef
from apps.core.templatetags.ui_links import entity_url
from apps.core.templatetags.ui_marks import kind_icon_name

LABELS = {
    "ownedBy": "owned by",
    "ownerOf": "owns",
    "partOf": "part of",
    "hasPart": "has part",
    "providesApi": "provides",
    "apiProvidedBy": "provided by",
    "consumesApi": "consumes",
    "apiConsumedBy": "consumed by",
    "dependsOn": "depends on",
    "dependencyOf": "dependency of",
    "childOf": "child of",
    "parentOf": "parent of",
    "memberOf": "member of",
    "hasMember": "has member",
    "scaffoldedFrom": "made from",
    "scaffolderOf": "made",
}


def label(type: str) -> str:
    """Return a relation's name in words."""
    return LABELS.get(type, type)


def context(graph: Graph) -> dict[str, Any]:
    """Return `graph` for json_script, `graph_list` for the list beside it."""
    known = {node.ref: node.entity for node in graph.nodes}
    return {
        "graph": {
            "root": graph.root,
            "nodes": [_node(ref, entity) for ref, entity in known.items()],
            "edges": [
                {"source": e.source, "target": e.target, "type": e.type, "label": label(e.type)}
                for e in graph.edges
            ],
        },
        "graph_list": _nested(graph, known),
        "graph_size": len(graph.nodes),
        "truncated": graph.truncated,
    }


def _node(ref: str, entity: EntitySummary | None) -> dict[str, Any]:
    parsed = EntityRef.parse(ref)
    if entity is None:
        icon = kind_icon_name(parsed.kind)
        return {
            "ref": ref, "title": parsed.name, "kind": parsed.kind, "icon": icon, "missing": True,
        }  # fmt: skip
    return {
        "ref": ref,
        "title": entity.display_name,
        "kind": entity.type or entity.kind,
        "icon": kind_icon_name(entity.kind, entity.type),
        "url": entity_url(ref),
    }


def _nested(graph: Graph, known: dict[str, EntitySummary | None]) -> list[dict[str, Any]]:
    """Each node with the relations that it states, the one in the middle first."""
    rows = []
    for ref, entity in known.items():
        stated = [
            {
                "label": label(edge.type),
                "ref": edge.target,
                "title": _title(edge.target, known.get(edge.target)),
            }
            for edge in graph.edges
            if edge.source == ref
        ]
        if stated or ref == graph.root:
            rows.append({"ref": ref, "title": _title(ref, entity), "stated": stated})
    return rows


def _title(ref: str, entity: EntitySummary | None) -> str:
    return entity.display_name if entity else f"{ref} (not in the catalog)"
