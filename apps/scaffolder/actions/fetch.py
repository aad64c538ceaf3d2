"""fetch:plain, fetch:plain:file, fetch:template, fetch:template:file."""

import posixpath
from typing import Any

from apps.scaffolder.actions import sources
from apps.scaffolder.actions.base import (
    FLAG,
    TEXT,
    TEXTS,
    Action,
    ActionContext,
    Effect,
    Example,
    Result,
    schema,
)
from apps.scaffolder.domain.workspace import File, Files
from apps.scaffolder.rendering import FileOptions

_URL = {"type": "string", "title": "Address", "description": "Relative to the template, or https."}
_TARGET = {"type": "string", "title": "Folder in the workspace"}
_VALUES = {"type": "object", "title": "Values", "description": "Seen as `values` in the files."}


def plain(context: ActionContext, given: dict[str, Any]) -> Result:
    """Copy a folder as it is."""
    files = sources.folder(context, given["url"])
    written = context.workspace.add(given.get("targetPath") or ".", files)
    context.log(f"Fetched {len(written)} files from {given['url']}")
    return Result()


def plain_file(context: ActionContext, given: dict[str, Any]) -> Result:
    """Copy a file as it is."""
    context.workspace.put(given["targetPath"], File(sources.file(context, given["url"])))
    context.log(f"Fetched {given['targetPath']} from {given['url']}")
    return Result()


def template(context: ActionContext, given: dict[str, Any]) -> Result:
    """Render a folder of templates: names and contents."""
    files = sources.folder(context, given["url"])
    rendered = _rendered(context, files, given)
    written = context.workspace.add(
        given.get("targetPath") or ".", rendered, replace=bool(given.get("replace"))
    )
    context.log(f"Fetched {len(written)} files from {given['url']} and filled them in")
    return Result()


def template_file(context: ActionContext, given: dict[str, Any]) -> Result:
    """Render one template to one file."""
    target = given["targetPath"]
    if target in context.workspace.files and not given.get("replace"):
        context.log(f"{target} is there already and is kept")
        return Result()
    name = posixpath.basename(given["url"]) or "file"
    # The name is given by targetPath; only the content is a template.
    source: Files = {name: File(sources.file(context, given["url"]))}
    rendered = _rendered(context, source, {**given, "templateFileExtension": None}, keep_names=True)
    for file in rendered.values():
        context.workspace.put(target, file)
    context.log(f"Filled in {target}")
    return Result()


def _rendered(
    context: ActionContext, files: Files, given: dict[str, Any], *, keep_names: bool = False
) -> Files:
    extension = given.get("templateFileExtension")
    if extension is True:
        extension = ".njk"
    elif extension and not extension.startswith("."):
        extension = f".{extension}"
    if keep_names:
        files = {f"file{number}": file for number, file in enumerate(files.values())}
    return context.renderer.files(
        files,
        given.get("values") or {},
        FileOptions(
            copy_verbatim=tuple(given.get("copyWithoutTemplating") or ()),
            copy_untouched=tuple(given.get("copyWithoutRender") or ()),
            template_extension=extension or "",
            cookiecutter=bool(given.get("cookiecutterCompat")),
            trim_blocks=bool(given.get("trimBlocks")),
            lstrip_blocks=bool(given.get("lstripBlocks")),
        ),
        seed=context.seed,
    )


_OPTIONS = {
    "values": _VALUES,
    "cookiecutterCompat": {**FLAG, "title": "Cookiecutter's {{ }} instead of ${{ }}"},
    "replace": {**FLAG, "title": "Replace files that are there"},
    "trimBlocks": FLAG,
    "lstripBlocks": FLAG,
    "token": {**TEXT, "description": "Ignored: the portal reads with its own rights."},
}

ACTIONS = (
    Action(
        key="fetch:plain",
        description="Copies a folder of a repository into the workspace as it is.",
        run=plain,
        effect=Effect.FILES,
        input_schema=schema(("url",), url=_URL, targetPath=_TARGET, token=TEXT),
        examples=(Example("Copy the folder beside the template", {"url": "./skeleton"}),),
        secrets=("token",),
        order=10,
    ),
    Action(
        key="fetch:plain:file",
        description="Copies one file of a repository into the workspace as it is.",
        run=plain_file,
        effect=Effect.FILES,
        input_schema=schema(("url", "targetPath"), url=_URL, targetPath=TEXT, token=TEXT),
        examples=(Example("Copy one file", {"url": "./LICENSE", "targetPath": "LICENSE"}),),
        secrets=("token",),
        order=11,
    ),
    Action(
        key="fetch:template",
        description=(
            "Fills a folder of templates in with values: names and contents of files. A name that "
            "becomes empty leaves its file out; binary files are copied."
        ),
        run=template,
        effect=Effect.FILES,
        input_schema=schema(
            ("url",),
            url=_URL,
            targetPath=_TARGET,
            copyWithoutTemplating={**TEXTS, "title": "Patterns of files copied verbatim"},
            copyWithoutRender={**TEXTS, "title": "Patterns of files copied with their names"},
            templateFileExtension={"type": ["string", "boolean"]},
            **_OPTIONS,
        ),
        examples=(
            Example(
                "Fill in a service",
                {"url": "./skeleton", "values": {"name": "${{ parameters.name }}"}},
            ),
        ),
        secrets=("token",),
        order=12,
    ),
    Action(
        key="fetch:template:file",
        description="Fills one template in with values.",
        run=template_file,
        effect=Effect.FILES,
        input_schema=schema(("url", "targetPath"), url=_URL, targetPath=TEXT, **_OPTIONS),
        examples=(
            Example(
                "Fill in a README",
                {"url": "./README.md", "targetPath": "README.md", "values": {"name": "shop"}},
            ),
        ),
        secrets=("token",),
        order=13,
    ),
)
