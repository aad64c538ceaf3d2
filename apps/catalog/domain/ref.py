"""References to entities: `[<kind>:][<namespace>/]<name>` (backstage-spec.md 1.5)."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from apps.core.errors import UserFacingError

DEFAULT_NAMESPACE = "default"
MAX_PART = 63

# A colon separates the kind only before the first slash; no part is empty or has a separator.
_REF = re.compile(r"(?:([^:/]+):)?(?:([^:/]+)/)?([^:/]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class InvalidEntityRef(UserFacingError):
    """The text is not a reference to an entity."""


@dataclass(frozen=True, slots=True, order=True)
class EntityRef:
    """
    A reference to one entity, lower-cased: references compare without regard to case.

    `str()` is the canonical form `kind:namespace/name`, always with all three parts.
    """

    kind: str
    namespace: str
    name: str

    def __post_init__(self) -> None:
        for part in ("kind", "namespace", "name"):
            object.__setattr__(self, part, getattr(self, part).lower())

    @classmethod
    def parse(
        cls,
        text: Any,
        *,
        default_kind: str | None = None,
        default_namespace: str = DEFAULT_NAMESPACE,
    ) -> "EntityRef":
        """
        Read a reference given as text or as an object of kind, namespace and name.

        :raises InvalidEntityRef: if it has not the form, or lacks a kind where none is implied
        """
        kind, namespace, name = _parts(text)
        kind = kind or default_kind
        if not kind:
            raise InvalidEntityRef(
                f"The reference {_shown(text)} lacks a kind.",
                hint="Write it as kind:namespace/name, for example component:default/checkout.",
            )
        namespace = namespace or default_namespace
        for part in (kind, namespace, name):
            if len(part) > MAX_PART or _CONTROL.search(part) or not part.strip("."):
                raise InvalidEntityRef(
                    f"The reference {_shown(text)} has a part that no entity can have.",
                    hint=f"Each part is plain text of at most {MAX_PART} characters.",
                )
        return cls(kind, namespace, name)

    @property
    def path(self) -> str:
        """The address of the entity's page."""
        parts = (self.namespace, self.kind, self.name)
        return "/catalog/" + "/".join(quote(part, safe="") for part in parts)

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}"


def ref_of(entity: dict[str, Any]) -> EntityRef:
    """Return the reference of an entity that has passed validation."""
    metadata = entity["metadata"]
    return EntityRef(entity["kind"], metadata.get("namespace", DEFAULT_NAMESPACE), metadata["name"])


def _parts(text: Any) -> tuple[str | None, str | None, str]:
    if isinstance(text, dict):
        parts = (text.get("kind"), text.get("namespace"), text.get("name"))
        if isinstance(parts[2], str) and all(
            part is None or (isinstance(part, str) and re.fullmatch(r"[^:/]+", part))
            for part in parts
        ):
            return parts[0], parts[1], parts[2]
    elif isinstance(text, str):
        match = _REF.fullmatch(text)
        if match:
            return match[1], match[2], match[3]
    raise InvalidEntityRef(
        f"{_shown(text)} is not a reference to an entity.",
        hint="Write it as [kind:][namespace/]name, for example component:default/checkout.",
    )


def _shown(text: Any) -> str:
    shown = repr(text)
    return shown if len(shown) <= 100 else shown[:97] + "…"
