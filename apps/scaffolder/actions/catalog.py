"""catalog:register, catalog:write, catalog:fetch."""

from typing import Any

import yaml

from apps.catalog import selectors as catalog
from apps.catalog import services
from apps.catalog.domain.ref import EntityRef
from apps.core.safe_path import safe_relpath
from apps.scaffolder import clock
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


def register(context: ActionContext, given: dict[str, Any]) -> Result:
    """Register the catalog file of a repository, and read it at once."""
    target = _target(given)
    optional = bool(given.get("optional"))
    now = clock.database_now()
    context.before_call()
    try:
        location_id = services.register_location(actor=context.actor, target=target, now=now).pk
        context.log(f"Registered {target}")
    except services.LocationAlreadyRegistered as known:
        location_id = known.location_id
        context.log(f"{target} is registered already")
    context.made(f"catalog:location:{location_id}", target)
    context.before_call()
    read = services.process_location_now(location_id=location_id, now=now)
    refs = [ref for ref in read.entity_refs if not _is_generated(ref)] if read else []
    problems = catalog.location_problems(catalog.get_location(location_id)).problems
    for problem in problems:
        context.log(str(problem.message), level="warning")
    if not refs and not optional:
        raise ActionFailed(
            f"{target} brought no entity. {problems[0].message if problems else ''}".rstrip(),
            code="nothing_registered",
            hint="Correct the file in its repository; then resume the run.",
        )
    components = [ref for ref in refs if ref.startswith("component:")]
    output = {"catalogInfoUrl": target}
    if refs:
        output["entityRef"] = (components or refs)[0]
    return Result(
        output=output,
        external_id=f"catalog:location:{location_id}",
        external_url=target,
    )


def _target(given: dict[str, Any]) -> str:
    if url := given.get("catalogInfoUrl"):
        return str(url)
    contents = given.get("repoContentsUrl")
    if not contents:
        raise ActionFailed(
            "catalog:register needs catalogInfoUrl or repoContentsUrl.", code="invalid_input"
        )
    path = safe_relpath(str(given.get("catalogInfoPath") or _FILE).lstrip("/"))
    return f"{str(contents).rstrip('/')}/{path}"


def _is_generated(ref: str) -> bool:
    return ref.startswith("location:") and "/generated-" in ref


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
        key="catalog:register",
        description="Registers the catalog file of a repository; its entities are there at once.",
        run=register,
        effect=Effect.OUTSIDE,
        input_schema=schema(
            catalogInfoUrl=TEXT, repoContentsUrl=TEXT, catalogInfoPath=TEXT, optional=FLAG
        ),
        output_schema=schema(entityRef=TEXT, catalogInfoUrl=TEXT),
        examples=(
            Example(
                "Register what was published",
                {
                    "repoContentsUrl": "${{ steps.publish.output.repoContentsUrl }}",
                    "catalogInfoPath": "/catalog-info.yaml",
                },
            ),
        ),
        permission="catalog.register_location",
        order=20,
    ),
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
