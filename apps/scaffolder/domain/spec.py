"""A golden path as its catalog entity writes it: pages, steps, output (Backstage's v1beta3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import UserFacingError

API_VERSION = "scaffolder.backstage.io/v1beta3"
MAX_STEPS = 200

# Step keys that mean something; Backstage ignores every other key, and so do we.
_STEP_KEYS = ("id", "name", "action", "input", "if", "each")


class InvalidTemplate(UserFacingError):
    """The template itself cannot be used, whatever is filled in."""


@dataclass(frozen=True)
class Page:
    """One page of the form: a JSON Schema (draft-07) with `ui:*` keys left in place."""

    title: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step as written; `condition` is None where the template has no `if`."""

    key: str
    name: str
    action: str
    input: dict[str, Any]
    condition: Any = None
    each: Any = None


@dataclass(frozen=True)
class TemplateSpec:
    """What a template entity asks for and does."""

    title: str
    description: str
    type: str
    owner: str
    tags: tuple[str, ...]
    pages: tuple[Page, ...]
    steps: tuple[Step, ...]
    output: dict[str, Any] = field(default_factory=dict)
    button_labels: dict[str, str] = field(default_factory=dict)
    ui_options: dict[str, Any] = field(default_factory=dict)
    secrets_schema: dict[str, Any] | None = None
    allowed_roles: tuple[str, ...] = ()


def parse_template(entity: Mapping[str, Any]) -> TemplateSpec:
    """
    Read a Template entity.

    :raises InvalidTemplate: naming the field that cannot be used
    """
    if str(entity.get("kind", "")).lower() != "template":
        raise InvalidTemplate(f"A {entity.get('kind') or 'nothing'} is not a Template.")
    if entity.get("apiVersion") != API_VERSION:
        raise InvalidTemplate(
            f"The template has apiVersion {entity.get('apiVersion')!r}.",
            hint=f"Golden paths are written in {API_VERSION}.",
            where="apiVersion",
        )
    metadata = _mapping(entity.get("metadata"), "metadata")
    spec = _mapping(entity.get("spec"), "spec")
    return TemplateSpec(
        title=str(metadata.get("title") or metadata.get("name") or "Untitled"),
        description=str(metadata.get("description") or ""),
        type=str(spec.get("type") or ""),
        owner=str(spec.get("owner") or ""),
        tags=tuple(str(tag) for tag in metadata.get("tags") or ()),
        pages=_pages(spec.get("parameters")),
        steps=_steps(spec.get("steps")),
        output=_mapping(spec.get("output") or {}, "spec.output"),
        button_labels=_button_labels(spec.get("presentation")),
        ui_options=_mapping(metadata.get("ui:options") or {}, "metadata.ui:options"),
        secrets_schema=_secrets_schema(spec.get("secrets")),
        allowed_roles=_allowed_roles(spec),
    )


def parameter_schema(spec: TemplateSpec) -> dict[str, Any]:
    """Return the form as Backstage's `parameter-schema` answers it."""
    return {
        "title": spec.title,
        "description": spec.description,
        **({"presentation": {"buttonLabels": spec.button_labels}} if spec.button_labels else {}),
        "ui:options": spec.ui_options,
        "steps": [
            {
                "title": page.title,
                **({"description": page.description} if page.description else {}),
                "schema": page.schema,
            }
            for page in spec.pages
        ],
    }


def _pages(parameters: Any) -> tuple[Page, ...]:
    if parameters is None:
        return ()
    listed = parameters if isinstance(parameters, list) else [parameters]
    pages = []
    for number, raw in enumerate(listed, start=1):
        where = f"spec.parameters[{number - 1}]"
        schema = dict(_mapping(raw, where))
        title = schema.pop("title", None)
        description = schema.pop("description", None)
        properties = schema.get("properties")
        if properties is not None:
            _mapping(properties, f"{where}.properties")
        pages.append(
            Page(
                title=str(title or f"Step {number}"),
                description=str(description or ""),
                schema=schema,
            )
        )
    return tuple(pages)


def _steps(raw_steps: Any) -> tuple[Step, ...]:
    if not isinstance(raw_steps, list) or not raw_steps:
        raise InvalidTemplate(
            "The template has no steps.",
            hint="List at least one step with an `action` under spec.steps.",
            where="spec.steps",
        )
    if len(raw_steps) > MAX_STEPS:
        raise InvalidTemplate(f"The template has more than {MAX_STEPS} steps.", where="spec.steps")
    steps: list[Step] = []
    seen: set[str] = set()
    for number, raw in enumerate(raw_steps, start=1):
        step = _step(raw, number)
        if step.key in seen:
            raise InvalidTemplate(
                f"Two steps have the id {step.key!r}.",
                hint="Give each step an id of its own.",
                where=f"spec.steps[{number - 1}].id",
            )
        seen.add(step.key)
        steps.append(step)
    return tuple(steps)


def _step(raw: Any, number: int) -> Step:
    where = f"spec.steps[{number - 1}]"
    written = {key: value for key, value in _mapping(raw, where).items() if key in _STEP_KEYS}
    action = written.get("action")
    if not isinstance(action, str) or not action:
        raise InvalidTemplate(
            "A step names no action.", hint="Add `action: fetch:template`, say.", where=where
        )
    return Step(
        key=str(written.get("id") or f"step-{number}")[:200],
        name=str(written.get("name") or action)[:200],
        action=action[:200],
        input=_mapping(written.get("input") or {}, f"{where}.input"),
        condition=written.get("if"),
        each=written.get("each"),
    )


def _button_labels(presentation: Any) -> dict[str, str]:
    if not isinstance(presentation, dict):
        return {}
    labels = presentation.get("buttonLabels")
    if not isinstance(labels, dict):
        return {}
    return {str(key): value for key, value in labels.items() if isinstance(value, str)}


def _secrets_schema(secrets: Any) -> dict[str, Any] | None:
    if not isinstance(secrets, dict) or "schema" not in secrets:
        return None
    return _mapping(secrets["schema"], "spec.secrets.schema")


def _allowed_roles(spec: Mapping[str, Any]) -> tuple[str, ...]:
    roles = spec.get("allowedRoles")
    if roles is None:
        return ()
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise InvalidTemplate("allowedRoles is not a list of roles.", where="spec.allowedRoles")
    return tuple(roles)


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTemplate(f"{where} is not an object.", where=where)
    return value
