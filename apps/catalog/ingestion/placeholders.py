"""Substitutions: `$text: ./file` and its kin become what the file holds (backstage-spec.md 1.7)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from apps.catalog.domain.problems import FieldPath, Problem
from apps.catalog.ingestion.places import Place
from apps.core import yaml_guard
from apps.core.errors import UserFacingError

MAX_FILES = 200
MAX_DEPTH = 50
MAX_REFERENCES = 2000


@dataclass
class Substitution:
    """
    Replaces the placeholders of the documents of one file.

    `dependencies` collects the digest of each file read, by address: what else decides the outcome.
    """

    place: Place
    dependencies: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _contents: dict[str, bytes] = field(default_factory=dict)

    def resolve(self, value: Any, path: FieldPath = ()) -> Any:
        """Return `value` with every placeholder in it replaced; problems are collected."""
        if len(path) > MAX_DEPTH:
            return value
        if isinstance(value, dict):
            if len(value) == 1:
                key, target = next(iter(value.items()))
                resolver = _RESOLVERS.get(key)
                if resolver is not None:
                    return self._replace(resolver, key, target, path)
            return {key: self.resolve(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def _replace(self, resolver: "Resolver", key: str, target: Any, path: FieldPath) -> Any:
        if not isinstance(target, str):
            self.problems.append(
                Problem(f"{key} needs the path of a file.", (*path, key), "Write it as a text.")
            )
            return None
        try:
            return resolver(self, target)
        except UserFacingError as error:
            self.problems.append(
                Problem(
                    f"{key} {target[:200]} cannot be used: {error.message}",
                    (*path, key),
                    error.hint,
                )
            )
            return None

    def read(self, target: str, place: Place | None = None) -> tuple[Place, bytes]:
        """
        Return a file of the same repository.

        :raises UserFacingError: if it lies elsewhere, cannot be read, or is one too many
        """
        wanted = (place or self.place).neighbour(target)
        if wanted.target not in self._contents:
            if len(self._contents) >= MAX_FILES:
                raise UserFacingError(f"A file may read at most {MAX_FILES} others.")
            # Remembered before it is read: a file that appears later must lead to another look.
            self.dependencies[wanted.target] = ""
            content = wanted.read().content
            self.dependencies[wanted.target] = hashlib.sha256(content).hexdigest()
            self._contents[wanted.target] = content
        return wanted, self._contents[wanted.target]


Resolver = Callable[[Substitution, str], Any]


def _text(substitution: Substitution, target: str) -> str:
    _, content = substitution.read(target)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserFacingError("The file is not UTF-8.", hint="Save it as UTF-8.") from None
    if "\0" in text:
        raise UserFacingError("The file has a NUL character.")
    return text


def _json(substitution: Substitution, target: str) -> Any:
    text = _text(substitution, target)
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UserFacingError(f"The file is not JSON: {error}.") from None
    _check_depth(value)
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UserFacingError(f"The file is nested deeper than {MAX_DEPTH} levels.")
        level = [
            item
            for container in level
            if isinstance(container, dict | list)
            for item in (container.values() if isinstance(container, dict) else container)
        ]


def _yaml(substitution: Substitution, target: str) -> Any:
    place, content = substitution.read(target)
    return yaml_guard.load_one(content, where=place.target).value


def _definition(substitution: Substitution, target: str) -> str:
    """Return an API's definition as one text, with what it refers to in other files inlined."""
    place, content = substitution.read(target)
    value = yaml_guard.load_one(content, where=place.target).value
    budget = [MAX_REFERENCES]
    bundled = _inline(substitution, place, value, value, (), budget)
    if budget[0] == MAX_REFERENCES:
        return content.decode("utf-8-sig")
    text: str = yaml.dump(bundled, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


class _Dumper(yaml.CSafeDumper):
    """Writes without aliases: other readers may not know them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _inline(
    substitution: Substitution,
    place: Place,
    document: Any,
    value: Any,
    chain: tuple[str, ...],
    budget: list[int],
) -> Any:
    if isinstance(value, list):
        return [_inline(substitution, place, document, v, chain, budget) for v in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    is_foreign = isinstance(reference, str) and (not reference.startswith("#") or chain)
    if not is_foreign or "://" in str(reference):
        return {
            key: _inline(substitution, place, document, item, chain, budget)
            for key, item in value.items()
        }
    budget[0] -= 1
    if budget[0] < 0:
        raise UserFacingError(f"More than {MAX_REFERENCES} references lead to other files.")
    target, _, pointer = str(reference).partition("#")
    if target:
        place, content = substitution.read(target, place)
        document = yaml_guard.load_one(content, where=place.target).value
    link = f"{place.target}#{pointer}"
    if link in chain:
        raise UserFacingError(f"{reference} leads back to itself through other files.")
    found = _at(document, pointer, str(reference))
    return _inline(substitution, place, document, found, (*chain, link), budget)


def _at(document: Any, pointer: str, reference: str) -> Any:
    value = document
    for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            raise UserFacingError(f"{reference[:200]} names nothing.")
    return value


_RESOLVERS: dict[str, Resolver] = {
    "$text": _text,
    "$json": _json,
    "$yaml": _yaml,
    "$openapi": _definition,
    "$asyncapi": _definition,
}
