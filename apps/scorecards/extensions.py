"""What any app may add: collectors of facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from apps.core.registry import Registry
from apps.scorecards.domain.states import EvidenceClass


@dataclass(frozen=True)
class Repository:
    """Where a component's source is; `path` is its folder in a monorepo, "" for the root."""

    host: str
    full_name: str
    web_url: str
    branch: str = ""
    path: str = ""


@dataclass(frozen=True)
class Subject:
    """
    An entity that is graded, as collectors see it.

    `envelope` is the entity as the catalog has it. `descriptor` is where it is written: path and
    web address of its file, and the lines of its fields. `repository` is None where it has none.
    """

    ref: str
    envelope: Mapping[str, Any]
    owner_ref: str = ""
    provided_apis: tuple[str, ...] = ()
    repository: Repository | None = None
    descriptor_path: str = ""
    descriptor_url: str = ""
    descriptor_lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The entity's `spec.type`, lower-case."""
        spec = self.envelope.get("spec")
        return str(spec.get("type", "")).lower() if isinstance(spec, Mapping) else ""


@dataclass(frozen=True)
class FactSpec:
    """
    One key that a collector gives, with the fields of its value and their types for people.

    `ttl` is how long the value may be trusted after it was seen.
    """

    key: str
    description: str
    fields: Mapping[str, str]
    evidence_class: EvidenceClass
    ttl: timedelta


@dataclass(frozen=True)
class Observation:
    """
    What was seen of one entity under one key.

    `value` is None where nothing could be read, for `reason`; `failed` if the collector crashed.
    `source_ref` is a file with line, or the API field.
    """

    entity_ref: str
    key: str
    value: Mapping[str, Any] | None
    source_ref: str = ""
    reason: str = ""
    failed: bool = False


class Collector(Protocol):
    """
    Reads facts of many entities at once.

    `scope` says what it reads: "catalog" needs the database only, "repository" asks the forge.
    """

    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...

    @property
    def scope(self) -> str: ...

    @property
    def facts(self) -> Sequence[FactSpec]: ...

    def collect(self, subjects: Sequence[Subject], *, now: datetime) -> Iterator[Observation]:
        """Give one observation for each subject and each key of `facts`."""
        ...


collectors: Registry[Collector] = Registry("collector")


def fact_specs() -> dict[str, tuple[FactSpec, str]]:
    """Return each known fact with the key of its collector."""
    return {spec.key: (spec, collector.key) for collector in collectors for spec in collector.facts}
