"""`on`: what starts a workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.forge.workflows.globs import any_selected, selects

DEFAULT_PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")


@dataclass(frozen=True)
class NameFilter:
    """`branches` and `branches-ignore`, or the same of tags or paths; None: not given."""

    only: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None

    @property
    def is_given(self) -> bool:
        return self.only is not None or self.ignore is not None

    def lets_in(self, name: str) -> bool:
        """Tell whether a branch or tag passes."""
        if self.only is not None:
            return selects(self.only, name)
        return self.ignore is None or not selects(self.ignore, name)

    def lets_in_any(self, names: Sequence[str]) -> bool:
        """Tell whether a list of changed files passes: one that counts is enough."""
        if self.only is not None:
            return any_selected(self.only, names)
        if self.ignore is None or not names:
            return True
        return any(not selects(self.ignore, name) for name in names)


@dataclass(frozen=True)
class PushTrigger:
    """`on.push`."""

    branches: NameFilter = NameFilter()
    tags: NameFilter = NameFilter()
    paths: NameFilter = NameFilter()

    def starts(self, *, ref: str, changed: Sequence[str] | None) -> bool:
        """
        Tell whether a push to a full ref starts the workflow.

        :param changed: paths that the push changed; None if that is unknown, which lets all in
        """
        if ref.startswith("refs/tags/"):
            if not self.tags.is_given:
                return not self.branches.is_given
            # Paths do not count for tags.
            return self.tags.lets_in(ref.removeprefix("refs/tags/"))
        branch = ref.removeprefix("refs/heads/")
        if not self.branches.is_given and self.tags.is_given:
            return False
        return self.branches.lets_in(branch) and (
            changed is None or self.paths.lets_in_any(changed)
        )


@dataclass(frozen=True)
class PullRequestTrigger:
    """`on.pull_request`; the branches are those the request goes into."""

    types: tuple[str, ...] = DEFAULT_PULL_REQUEST_TYPES
    branches: NameFilter = NameFilter()
    paths: NameFilter = NameFilter()

    def starts(self, *, action: str, base: str, changed: Sequence[str] | None) -> bool:
        """Tell whether an event of a pull request into the branch `base` starts the workflow."""
        return (
            action in self.types
            and self.branches.lets_in(base)
            and (changed is None or self.paths.lets_in_any(changed))
        )


@dataclass(frozen=True)
class DispatchInput:
    """One of `on.workflow_dispatch.inputs`."""

    name: str
    description: str = ""
    type: str = "string"
    required: bool = False
    default: str | bool | float | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class DispatchTrigger:
    """`on.workflow_dispatch`."""

    inputs: Mapping[str, DispatchInput] = field(default_factory=dict)


@dataclass(frozen=True)
class Triggers:
    """The events of `on`; `others` are known to GitHub only."""

    push: PushTrigger | None = None
    pull_request: PullRequestTrigger | None = None
    dispatch: DispatchTrigger | None = None
    others: tuple[str, ...] = ()


class InputsInvalid(ValueError):
    """The inputs of a dispatch do not fit what the workflow declares."""


def dispatch_inputs(
    trigger: DispatchTrigger, given: Mapping[str, object]
) -> dict[str, str | bool | float]:
    """
    Return the inputs of a dispatch with defaults filled in, each of its declared type.

    :raises InputsInvalid: with GitHub's sentence, for one that is unknown, missing or wrong
    """
    unknown = sorted(set(given) - set(trigger.inputs))
    if unknown:
        raise InputsInvalid(f"Unexpected inputs provided: {unknown}".replace("'", '"'))
    values: dict[str, str | bool | float] = {}
    for declared in trigger.inputs.values():
        value = given.get(declared.name)
        if value is None:
            value = declared.default
        if value is None or value == "":
            if declared.required:
                raise InputsInvalid(f"Required input '{declared.name}' not provided")
            values[declared.name] = {"boolean": False, "number": 0.0}.get(declared.type, "")
            continue
        values[declared.name] = _typed(declared, value)
    return values


def _typed(declared: DispatchInput, value: object) -> str | bool | float:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if declared.type == "boolean":
        if text.lower() not in {"true", "false"}:
            raise InputsInvalid(
                f"Provided value '{text}' for input '{declared.name}' is no boolean"
            )
        return text.lower() == "true"
    if declared.type == "number":
        try:
            return float(text)
        except ValueError:
            raise InputsInvalid(
                f"Provided value '{text}' for input '{declared.name}' is no number"
            ) from None
    if declared.type == "choice" and text not in declared.options:
        raise InputsInvalid(
            f"Provided value '{text}' for input '{declared.name}' not in the list of allowed values"
        )
    return text
