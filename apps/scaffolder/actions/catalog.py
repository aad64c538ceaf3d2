"""catalog:register, catalog:write, catalog:fetch."""

from typing import Any

import yaml

from apps.catalog import selectors as catalog
from apps.catalog.domain.ref import EntityRef
from apps.scaffolder.actions.base import (
    FLAG,
    TEXT,
    TEXTS,
    Action,
    ActionContext,
    ActionFailed,
    Effect,
    Example,
    Result,
    schema,
)
from apps.scaffolder.domain.workspace import File

_FILE = "catalog-info.yaml"


def write(context: ActionContext, given: dict[str, Any]) -> Result:
    """Write an entity as a file of the workspace."""
    path = given.get("filePath") or _FILE
    text = yaml.safe_dump(given["entity"], sort_keys=False, allow_unicode=True)
    context.workspace.put(path, File(text.encode()))
    context.log(f"Wrote {path}")
    return Result()


def fetch(context: ActionContext, given: dict[str, Any]) -> Result:
    """Read entities of the catalog, as the requester sees them."""
    kind = given.get("defaultKind") or ""
    namespace = given.get("defaultNamespace") or "default"

    def canonical(text: str) -> str:
        return str(EntityRef.parse(text, default_kind=kind, default_namespace=namespace))

    if "entityRef" in given:
        ref = canonical(given["entityRef"])
        found = catalog.entities_by_refs(context.actor, [ref]).get(ref)
        if found is None and not given.get("optional"):
            raise _absent(ref)
        return Result({"entity": found.data if found else None})
    if "entityRefs" not in given:
        raise ActionFailed("catalog:fetch needs entityRef or entityRefs.", code="invalid_input")
    refs = [canonical(text) for text in given["entityRefs"]]
    known = catalog.entities_by_refs(context.actor, refs)
    missing = [ref for ref in refs if ref not in known]
    if missing and not given.get("optional"):
        raise _absent(missing[0])
    return Result({"entities": [known[ref].data if ref in known else None for ref in refs]})


def _absent(ref: str) -> ActionFailed:
    return ActionFailed(
        f"There is no entity {ref} in the catalog.",
        code="entity_not_found",
        hint="Set `optional: true` where it may be missing.",
    )


ACTIONS = (
    Action(
        key="catalog:write",
        description="Writes an entity as a catalog file of the workspace.",
        run=write,
        effect=Effect.FILES,
        input_schema=schema(("entity",), entity={"type": "object"}, filePath=TEXT),
        examples=(
            Example(
                "Describe a component",
                {"entity": {"kind": "Component", "metadata": {"name": "shop"}}},
            ),
        ),
        order=21,
    ),
    Action(
        key="catalog:fetch",
        description="Reads one entity or several, as far as the requester may see them.",
        run=fetch,
        effect=Effect.NONE,
        input_schema=schema(
            entityRef=TEXT,
            entityRefs=TEXTS,
            optional=FLAG,
            defaultKind=TEXT,
            defaultNamespace=TEXT,
        ),
        output_schema=schema(entity={"type": "object"}, entities={"type": "array"}),
        examples=(Example("Read a component", {"entityRef": "component:default/shop"}),),
        order=22,
    ),
)
