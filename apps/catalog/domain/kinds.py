"""The kinds of entities: their fields and what those relate to (backstage-spec.md 1.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from apps.catalog.domain.problems import Problem

Shape = Literal["text", "texts", "object", "list", "any"]

CORE_VERSIONS = frozenset({"backstage.io/v1alpha1", "backstage.io/v1beta1"})
TEMPLATE_VERSION = "scaffolder.backstage.io/v1beta3"
# 18 of 335 public templates still have it; they are listed, and cannot be run.
OLD_TEMPLATE_VERSION = "backstage.io/v1beta2"


@dataclass(frozen=True)
class Field:
    """
    A field of `spec`; `path` is below spec.

    A `tolerated` field is required by Backstage and missing in real files: a warning, not an error.
    """

    path: tuple[str, ...]
    shape: Shape = "text"
    required: bool = False
    tolerated: bool = False


@dataclass(frozen=True)
class RelationField:
    """
    A field of `spec` that holds references.

    `type` is the relation's first direction; `reverse` if the referenced entity is its source.
    `default_kind` completes references without a kind; None means the kind must be written.
    `allowed_kinds`, lower-cased, limits what may be referenced; others give no relation.
    """

    path: tuple[str, ...]
    type: str
    default_kind: str | None
    reverse: bool = False
    allowed_kinds: frozenset[str] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind with its API versions, fields and relations."""

    name: str
    versions: frozenset[str]
    fields: tuple[Field, ...] = ()
    relations: tuple[RelationField, ...] = ()
    # Only trusted locations may bring it, because it gives people rights or runs things.
    needs_trust: bool = False


def _field(path: str, shape: Shape = "text") -> Field:
    return Field(tuple(path.split(".")), shape)


def _required(path: str, shape: Shape = "text", *, tolerated: bool = False) -> Field:
    return Field(tuple(path.split(".")), shape, required=True, tolerated=tolerated)


def _relation(path: str, type_: str, default_kind: str | None, **more: Any) -> RelationField:
    return RelationField(tuple(path.split(".")), type_, default_kind, **more)


_TYPE = _required("type")
_LIFECYCLE = _required("lifecycle")
_OWNER = _required("owner", tolerated=True)
_SYSTEM = _field("system")
_OWNED = _relation("owner", "ownedBy", "group", allowed_kinds=frozenset({"group", "user"}))
_IN_SYSTEM = _relation("system", "partOf", "system", allowed_kinds=frozenset({"system"}))
_DEPENDS_ON = _relation("dependsOn", "dependsOn", None)
_DEPENDENCY_OF = _relation("dependencyOf", "dependsOn", None, reverse=True)
_DEPENDENCIES = (_field("dependsOn", "texts"), _field("dependencyOf", "texts"))
_PROFILE = (
    _field("profile", "object"),
    _field("profile.displayName"),
    _field("profile.email"),
    _field("profile.picture"),
)


def _only(kind: str) -> frozenset[str]:
    return frozenset({kind})


_ALL = (
    Kind(
        "Component",
        CORE_VERSIONS,
        (
            _TYPE,
            _LIFECYCLE,
            _OWNER,
            _SYSTEM,
            _field("subcomponentOf"),
            _field("providesApis", "texts"),
            _field("consumesApis", "texts"),
            *_DEPENDENCIES,
        ),
        (
            _OWNED,
            _IN_SYSTEM,
            _relation("subcomponentOf", "partOf", "component", allowed_kinds=_only("component")),
            _relation("providesApis", "providesApi", "api", allowed_kinds=_only("api")),
            _relation("consumesApis", "consumesApi", "api", allowed_kinds=_only("api")),
            _DEPENDS_ON,
            _DEPENDENCY_OF,
        ),
    ),
    Kind(
        "API",
        CORE_VERSIONS,
        (_TYPE, _LIFECYCLE, _OWNER, _required("definition"), _SYSTEM),
        (_OWNED, _IN_SYSTEM),
    ),
    Kind(
        "Resource",
        CORE_VERSIONS,
        (_TYPE, _OWNER, _SYSTEM, *_DEPENDENCIES),
        (_OWNED, _IN_SYSTEM, _DEPENDS_ON, _DEPENDENCY_OF),
    ),
    Kind(
        "System",
        CORE_VERSIONS,
        (_OWNER, _field("domain"), _field("type")),
        (_OWNED, _relation("domain", "partOf", "domain", allowed_kinds=_only("domain"))),
    ),
    Kind(
        "Domain",
        CORE_VERSIONS,
        (_OWNER, _field("subdomainOf"), _field("type")),
        (_OWNED, _relation("subdomainOf", "partOf", "domain", allowed_kinds=_only("domain"))),
    ),
    Kind(
        "Group",
        CORE_VERSIONS,
        (
            _required("type", tolerated=True),
            _required("children", "texts"),
            *_PROFILE,
            _field("parent"),
            _field("members", "texts"),
        ),
        (
            _relation("parent", "childOf", "group", allowed_kinds=_only("group")),
            _relation("children", "childOf", "group", reverse=True, allowed_kinds=_only("group")),
            _relation("members", "memberOf", "user", reverse=True, allowed_kinds=_only("user")),
        ),
        needs_trust=True,
    ),
    Kind(
        "User",
        CORE_VERSIONS,
        (_required("memberOf", "texts"), *_PROFILE),
        (_relation("memberOf", "memberOf", "group", allowed_kinds=_only("group")),),
        needs_trust=True,
    ),
    Kind(
        "Location",
        CORE_VERSIONS,
        (_field("type"), _field("target"), _field("targets", "texts"), _field("presence")),
    ),
    Kind(
        "Template",
        frozenset({TEMPLATE_VERSION, OLD_TEMPLATE_VERSION}),
        (
            _TYPE,
            _required("steps", "list"),
            _field("owner"),
            _field("lifecycle"),
            _SYSTEM,
            _field("parameters", "any"),
            _field("output", "object"),
        ),
        (_OWNED, _IN_SYSTEM),
        needs_trust=True,
    ),
    Kind(
        "AiResource",
        CORE_VERSIONS,
        (
            _TYPE,
            _LIFECYCLE,
            _OWNER,
            _SYSTEM,
            *(_field(name, "texts") for name in ("disciplines", "categories", "agents")),
            _field("dependsOn", "texts"),
            _field("skills", "texts"),
            _field("plugins", "texts"),
        ),
        (
            _OWNED,
            _IN_SYSTEM,
            _DEPENDS_ON,
            _relation("skills", "partOf", "airesource", reverse=True),
            _relation("plugins", "partOf", "airesource", reverse=True),
        ),
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
KIND_NAMES: Mapping[str, str] = MappingProxyType({kind.name.lower(): kind.name for kind in _ALL})
# Backstage allows Component, API and Location; see docs/decisions/.
TRUSTED_ONLY = frozenset(kind.name for kind in _ALL if kind.needs_trust)


def kind_of(entity: Mapping[str, Any]) -> Kind | None:
    """Return the kind of an entity, or None where kind and apiVersion are not known together."""
    kind = KINDS.get(entity["kind"])
    return kind if kind is not None and entity["apiVersion"] in kind.versions else None


def kind_problems(entity: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with kind, apiVersion and spec of an entity whose envelope is right."""
    kind = kind_of(entity)
    if kind is None:
        return [_unknown(entity)]
    spec = entity.get("spec")
    problems: list[Problem] = []
    if entity["apiVersion"] == OLD_TEMPLATE_VERSION:
        problems.append(
            Problem(
                f"Templates of {OLD_TEMPLATE_VERSION} are listed but cannot be run.",
                ("apiVersion",),
                f"Move the template to {TEMPLATE_VERSION}.",
                level="warning",
            )
        )
    if spec is None:
        if kind.name != "Location":
            problems.append(Problem("The field spec is missing.", ("spec",)))
        return problems
    for field in _fields(kind, spec):
        problems.extend(_field_problems(field, spec))
    if kind.name == "Location" and spec.get("presence") not in {None, "required", "optional"}:
        problems.append(Problem("presence is either required or optional.", ("spec", "presence")))
    return problems


def _fields(kind: Kind, spec: Mapping[str, Any]) -> tuple[Field, ...]:
    if kind.name == "API" and spec.get("type") == "mcp-server" and "definition" not in spec:
        kept = tuple(field for field in kind.fields if field.path != ("definition",))
        return (*kept, _required("remotes", "list"))
    return kind.fields


def _unknown(entity: Mapping[str, Any]) -> Problem:
    kind, version = entity["kind"], entity["apiVersion"]
    message = f"There is no kind {kind} in {version}."
    canonical = KIND_NAMES.get(kind.lower())
    if canonical is None:
        return Problem(message, ("kind",), f"The kinds are {', '.join(KINDS)}.")
    if canonical != kind:
        return Problem(message, ("kind",), f"Write it as {canonical}.")
    versions = " or ".join(sorted(KINDS[canonical].versions))
    return Problem(message, ("apiVersion",), f"A {kind} has {versions}.")


def _field_problems(field: Field, spec: Mapping[str, Any]) -> Iterator[Problem]:
    value: Any = spec
    for index, part in enumerate(field.path):
        if not isinstance(value, dict) or part not in value or value[part] is None:
            present = isinstance(value, dict) and part in value
            if field.required or (present and index == len(field.path) - 1):
                yield _absent(field)
            return
        value = value[part]
    path = ("spec", *field.path)
    name = ".".join(path)
    if field.shape == "text":
        if not isinstance(value, str) or not value.strip():
            yield Problem(f"The field {name} must be a text that is not empty.", path)
    elif field.shape == "texts":
        if not isinstance(value, list):
            yield Problem(f"The field {name} must be a list of texts.", path)
            return
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item:
                yield Problem("Each item must be a text that is not empty.", (*path, index))
    elif field.shape == "object" and not isinstance(value, dict):
        yield Problem(f"The field {name} must be an object.", path)
    elif field.shape == "list" and not isinstance(value, list):
        yield Problem(f"The field {name} must be a list.", path)


def _absent(field: Field) -> Problem:
    name = ".".join(("spec", *field.path))
    if not field.required:
        return Problem(f"The field {name} is empty.", ("spec", *field.path), "Fill or remove it.")
    if field.path == ("owner",):
        hint = "Name the team that answers for it: owner: team-name."
    elif field.path == ("children",):
        hint = "Write children: [] if there are none."
    elif field.path == ("memberOf",):
        hint = "Write memberOf: [] if there are none."
    else:
        hint = "Add it."
    level: Literal["error", "warning"] = "warning" if field.tolerated else "error"
    return Problem(
        f"The field {name} is missing.",
        ("spec", *field.path),
        hint,
        level=level,
        name="MissingFieldError" if field.tolerated else "InputError",
    )
