"""fs:delete, fs:rename, fs:readdir: the run's own files."""

from typing import Any

from wcmatch import glob

from apps.core.safe_path import safe_relpath
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
from apps.scaffolder.domain.workspace import Files

_GLOB = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE


def delete(context: ActionContext, given: dict[str, Any]) -> Result:
    """Remove files and folders by path or pattern."""
    for pattern in given["files"]:
        plain = safe_relpath(pattern)
        gone = [
            path
            for path in context.workspace
            if path == plain
            or path.startswith(f"{plain}/")
            or glob.globmatch(path, plain, flags=_GLOB)
        ]
        context.workspace.remove(gone)
        context.log(f"Deleted {len(gone)} files matching {pattern}")
    return Result()


def rename(context: ActionContext, given: dict[str, Any]) -> Result:
    """Move files and folders."""
    for entry in given["files"]:
        before, after = safe_relpath(entry["from"]), safe_relpath(entry["to"])
        moved = _tree(context, before)
        if not moved:
            raise ActionFailed(f"There is no {before} to rename.", where="input.files")
        if not entry.get("overwrite") and _tree(context, after):
            raise ActionFailed(
                f"There is a {after} already.",
                hint="Set `overwrite: true` to replace it.",
                where="input.files",
            )
        context.workspace.remove([f"{before}{rest}" for rest in moved])
        if entry.get("overwrite"):
            context.workspace.remove([f"{after}{rest}" for rest in _tree(context, after)])
        for rest, file in moved.items():
            context.workspace.put(f"{after}{rest}", file)
        context.log(f"Renamed {before} to {after}")
    return Result()


def readdir(context: ActionContext, given: dict[str, Any]) -> Result:
    """List files and folders."""
    files: list[dict[str, str]] = []
    folders: dict[str, dict[str, str]] = {}
    for asked in given["paths"]:
        base = safe_relpath(asked, allow_dot=True)
        for path in context.workspace.below(base):
            parts = path.split("/")
            if len(parts) == 1 or given.get("recursive"):
                files.append(_listed(base, path))
            deepest = len(parts) - 1 if given.get("recursive") else min(1, len(parts) - 1)
            for length in range(1, deepest + 1):
                place = "/".join(parts[:length])
                folders.setdefault(f"{base}/{place}", _listed(base, place))
    return Result({"files": files, "folders": list(folders.values())})


def _tree(context: ActionContext, path: str) -> Files:
    """Return what a path holds, by what follows it: {"": file}, or {"/a/b": file, …}."""
    files = context.workspace.files
    if path in files:
        return {"": files[path]}
    return {
        name.removeprefix(path): file for name, file in files.items() if name.startswith(f"{path}/")
    }


def _listed(base: str, path: str) -> dict[str, str]:
    full = f"{base}/{path}" if base else path
    return {"name": path.rpartition("/")[2], "path": path, "fullPath": full}


ACTIONS = (
    Action(
        key="fs:delete",
        description="Deletes files and folders of the workspace.",
        run=delete,
        effect=Effect.FILES,
        input_schema=schema(("files",), files={**TEXTS, "title": "Paths or patterns"}),
        examples=(Example("Leave examples out", {"files": ["examples", "**/*.sample"]}),),
        order=30,
    ),
    Action(
        key="fs:rename",
        description="Renames or moves files and folders of the workspace.",
        run=rename,
        effect=Effect.FILES,
        input_schema=schema(
            ("files",),
            files={
                "type": "array",
                "items": schema(("from", "to"), **{"from": TEXT, "to": TEXT, "overwrite": FLAG}),
            },
        ),
        examples=(Example("Rename a file", {"files": [{"from": "a.md", "to": "b.md"}]}),),
        order=31,
    ),
    Action(
        key="fs:readdir",
        description="Lists files and folders of the workspace.",
        run=readdir,
        effect=Effect.NONE,
        input_schema=schema(("paths",), paths=TEXTS, recursive=FLAG),
        output_schema=schema(files={"type": "array"}, folders={"type": "array"}),
        examples=(Example("List everything", {"paths": ["."], "recursive": True}),),
        order=32,
    ),
)
