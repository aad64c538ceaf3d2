"""`on` of a workflow file."""

from typing import Any

from apps.forge.workflows.document import LocatedList, LocatedMap
from apps.forge.workflows.fields import FieldReader
from apps.forge.workflows.globs import PatternInvalid, pattern_to_regex
from apps.forge.workflows.triggers import (
    DEFAULT_PULL_REQUEST_TYPES,
    DispatchInput,
    DispatchTrigger,
    NameFilter,
    PullRequestTrigger,
    PushTrigger,
    Triggers,
)

# Events of GitHub that nothing in the embedded forge causes.
_OTHER_EVENTS = {
    *("branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment"),
    *("deployment_status", "discussion", "discussion_comment", "fork", "gollum", "issue_comment"),
    *("issues", "label", "merge_group", "milestone", "page_build", "public", "pull_request_review"),
    *("pull_request_review_comment", "pull_request_target", "registry_package", "release"),
    *("repository_dispatch", "schedule", "status", "watch", "workflow_call", "workflow_run"),
    *("image_version", "pull_request_comment"),
}
_PULL_REQUEST_TYPES = {
    *("assigned", "unassigned", "labeled", "unlabeled", "opened", "edited", "closed", "reopened"),
    *("synchronize", "converted_to_draft", "locked", "unlocked", "enqueued", "dequeued"),
    *("milestoned", "demilestoned", "ready_for_review", "review_requested"),
    *("review_request_removed", "auto_merge_enabled", "auto_merge_disabled"),
}
_INPUT_TYPES = {"string", "boolean", "number", "choice", "environment"}


def parse_triggers(reader: FieldReader, document: LocatedMap) -> Triggers:
    """Return the events of `on`; mistakes and unsupported events are noted with the reader."""
    on = document.get("on")
    line = document.line_of("on")
    events = _events(on)
    if not events:
        reader.problem(line, "on", "`on` must name at least one event: push, pull_request, ….")
        return Triggers()
    others: list[str] = []
    for event in events:
        place = on.line_of(event) if isinstance(on, LocatedMap) else line
        if event in _OTHER_EVENTS:
            others.append(event)
            reader.notice(
                place, f"on.{event}", f"{event!r} is not supported by the embedded runner."
            )
        elif event not in {"push", "pull_request", "workflow_dispatch"}:
            reader.problem(place, f"on.{event}", f"There is no event {event!r}.")
    return Triggers(
        push=_push(reader, events["push"]) if "push" in events else None,
        pull_request=(
            _pull_request(reader, events["pull_request"]) if "pull_request" in events else None
        ),
        dispatch=(
            _dispatch(reader, events["workflow_dispatch"])
            if "workflow_dispatch" in events
            else None
        ),
        others=tuple(others),
    )


def _events(on: Any) -> dict[str, Any]:
    if isinstance(on, LocatedMap):
        return dict(on)
    if isinstance(on, LocatedList):
        return {str(event): None for event in on}
    return {str(on): None} if on else {}


def _options(reader: FieldReader, value: Any, field: str, known: set[str]) -> LocatedMap | None:
    if value is None:
        return None
    if not isinstance(value, LocatedMap):
        reader.problem(getattr(value, "line", 1), field, f"`{field}` must be a mapping.")
        return None
    reader.known_keys(value, field, known)
    return value


def _filter(reader: FieldReader, options: LocatedMap, key: str, field: str) -> NameFilter:
    ignore_key = f"{key}-ignore"
    if key in options and ignore_key in options:
        reader.problem(
            options.line_of(ignore_key),
            f"{field}.{ignore_key}",
            f"Give `{key}` or `{ignore_key}`, not both; a leading ! takes away.",
        )
    for given in (key, ignore_key):
        for pattern in reader.texts(options, given, field):
            try:
                pattern_to_regex(pattern.removeprefix("!"))
            except PatternInvalid as error:
                reader.problem(options.line_of(given), f"{field}.{given}", f"{error}.")
    only = reader.texts(options, key, field) if key in options else None
    if only and all(pattern.startswith("!") for pattern in only):
        reader.problem(
            options.line_of(key), f"{field}.{key}", "At least one pattern must not start with !."
        )
    ignore = reader.texts(options, ignore_key, field) if ignore_key in options else None
    return NameFilter(only=only, ignore=ignore)


def _push(reader: FieldReader, value: Any) -> PushTrigger:
    known = {"branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"}
    options = _options(reader, value, "on.push", known)
    if options is None:
        return PushTrigger()
    return PushTrigger(
        branches=_filter(reader, options, "branches", "on.push"),
        tags=_filter(reader, options, "tags", "on.push"),
        paths=_filter(reader, options, "paths", "on.push"),
    )


def _pull_request(reader: FieldReader, value: Any) -> PullRequestTrigger:
    field = "on.pull_request"
    known = {"types", "branches", "branches-ignore", "paths", "paths-ignore"}
    options = _options(reader, value, field, known)
    if options is None:
        return PullRequestTrigger()
    types = reader.texts(options, "types", field) or DEFAULT_PULL_REQUEST_TYPES
    for name in types:
        if name not in _PULL_REQUEST_TYPES:
            reader.problem(options.line_of("types"), f"{field}.types", f"No such type: {name!r}.")
    return PullRequestTrigger(
        types=tuple(types),
        branches=_filter(reader, options, "branches", field),
        paths=_filter(reader, options, "paths", field),
    )


def _dispatch(reader: FieldReader, value: Any) -> DispatchTrigger:
    field = "on.workflow_dispatch"
    options = _options(reader, value, field, {"inputs"})
    inputs = options.get("inputs") if options is not None else None
    if options is None or inputs is None:
        return DispatchTrigger()
    if not isinstance(inputs, LocatedMap):
        reader.problem(options.line_of("inputs"), f"{field}.inputs", "`inputs` must be a mapping.")
        return DispatchTrigger()
    found: dict[str, DispatchInput] = {}
    for name, declared in inputs.items():
        where = f"{field}.inputs.{name}"
        if declared is None:
            found[name] = DispatchInput(name=name)
        elif isinstance(declared, LocatedMap):
            found[name] = _input(reader, name, declared, where)
        else:
            reader.problem(inputs.line_of(name), where, "An input must be a mapping.")
    return DispatchTrigger(inputs=found)


def _input(reader: FieldReader, name: str, declared: LocatedMap, field: str) -> DispatchInput:
    known = {"description", "required", "default", "type", "options", "deprecationMessage"}
    reader.known_keys(declared, field, known)
    kind = reader.text(declared, "type", field) or "string"
    if kind not in _INPUT_TYPES:
        reader.problem(declared.line_of("type"), f"{field}.type", f"No such type: {kind!r}.")
    options = reader.texts(declared, "options", field)
    if kind == "choice" and not options:
        reader.problem(declared.line, f"{field}.options", "A choice needs `options`.")
    default = declared.get("default")
    return DispatchInput(
        name=name,
        description=reader.text(declared, "description", field),
        type=kind,
        required=declared.get("required") is True,
        default=None if isinstance(default, (dict, list)) else default,
        options=options,
    )
