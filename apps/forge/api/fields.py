"""Reading the JSON that was sent, field by field, refusing in GitHub's words."""

import json
from typing import Any

from apps.forge.errors import Invalid, invalid_field

_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    list: "an array",
    dict: "an object",
}
_UNSET: Any = object()


class Fields:
    """A JSON object sent to create or change a `resource`."""

    def __init__(self, resource: str, data: dict[str, Any]) -> None:
        self.resource = resource
        self.data = data

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(
        self, name: str, default: Any = "", *, required: bool = False, longest: int = 1_000_000
    ) -> Any:
        """Return a text; `default` where it is absent or null."""
        value = self._get(name, str, default, required)
        if isinstance(value, str):
            self._check_text(name, value)
            if len(value) > longest:
                raise invalid_field(
                    self.resource,
                    name,
                    "custom",
                    f"{name} is too long (maximum is {longest} characters)",
                )
        return value

    def flag(self, name: str, default: Any = False) -> Any:
        """Return a boolean."""
        return self._get(name, bool, default)

    def number(self, name: str, default: Any = None, *, required: bool = False) -> Any:
        """Return a whole number."""
        return self._get(name, int, default, required)

    def object(self, name: str, default: Any = None, *, required: bool = False) -> Any:
        """Return an object as `Fields`."""
        value = self._get(name, dict, _UNSET if required else default, required)
        return Fields(self.resource, value) if isinstance(value, dict) else value

    def texts(self, name: str, default: Any = (), *, most: int = 1000) -> Any:
        """Return a list of texts."""
        values = self._get(name, list, default)
        if values is None or values is default:
            return values
        for value in values:
            if not isinstance(value, str):
                raise _not_a(name, value, str)
            self._check_text(name, value)
        return self._bounded(name, values, most)

    def objects(self, name: str, *, required: bool = False, most: int = 20_000) -> list["Fields"]:
        """Return a list of objects."""
        values = self._get(name, list, [], required)
        for value in values:
            if not isinstance(value, dict):
                raise _not_a(name, value, dict)
        return [Fields(self.resource, value) for value in self._bounded(name, values, most)]

    def choice(self, name: str, choices: tuple[str, ...], default: Any = "") -> Any:
        """Return one of several texts."""
        value = self.text(name, default)
        if value not in (*choices, default):
            raise invalid_field(self.resource, name, "invalid", value=value)
        return value

    def _get(self, name: str, kind: type, default: Any, required: bool = False) -> Any:
        value = self.data.get(name)
        if value is None:
            if required:
                raise Invalid(f'Invalid request.\n\n"{name}" wasn\'t supplied.')
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _not_a(name, value, kind)
        return value

    def _check_text(self, name: str, value: str) -> None:
        # PostgreSQL and git hold neither NUL nor half a surrogate pair.
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise invalid_field(self.resource, name, "invalid")

    def _bounded(self, name: str, values: list[Any], most: int) -> list[Any]:
        if len(values) > most:
            raise invalid_field(self.resource, name, "custom", f"{name} has more than {most} items")
        return values


def _not_a(name: str, value: Any, kind: type) -> Invalid:
    shown = json.dumps(value)[:80]
    return Invalid(f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {_NAMES[kind]}.")
