"""
Reads YAML as GitHub does, keeping the line of every value.

YAML 1.2's core schema: `on`, `yes` and `off` are text (in YAML 1.1 the key `on` would be a
boolean). A key is always text, whatever it looks like.
"""

import re
from typing import Any

import yaml

from apps.forge.workflows.problems import Problem, WorkflowInvalid

MAX_BYTES = 512 * 1024
MAX_DEPTH = 40
# Counted with aliases followed, so that a few lines of anchors cannot become gigabytes.
MAX_VALUES = 20_000

_CORE_SCHEMA = [
    ("tag:yaml.org,2002:null", r"(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        list("-+0123456789."),
    ),
]


class _CoreSchemaLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in _CORE_SCHEMA:
    _CoreSchemaLoader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


class LocatedMap(dict[str, Any]):
    """A mapping that knows its own line and those of its keys."""

    line: int
    key_lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the mapping itself."""
        return self.key_lines.get(key, self.line)


class LocatedList(list[Any]):
    """A sequence that knows its own line and those of its items."""

    line: int
    item_lines: list[int]


class _Reader:
    def __init__(self, path: str) -> None:
        self.path = path
        self.values = 0

    def problem(self, node: yaml.Node, field: str, message: str) -> WorkflowInvalid:
        line = node.start_mark.line + 1 if node.start_mark else 1
        return WorkflowInvalid([Problem(self.path, line, field, message)])

    def read(self, node: yaml.Node, field: str, depth: int) -> Any:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.problem(node, field, f"The file has more than {MAX_VALUES} values.")
        if depth > MAX_DEPTH:
            raise self.problem(node, field, f"The file is nested more than {MAX_DEPTH} deep.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, field, depth)
        if isinstance(node, yaml.SequenceNode):
            items = LocatedList()
            items.line = node.start_mark.line + 1
            items.item_lines = []
            for index, item in enumerate(node.value):
                items.append(self.read(item, f"{field}[{index}]", depth + 1))
                items.item_lines.append(item.start_mark.line + 1)
            return items
        return self._scalar(node, field)

    def _mapping(self, node: yaml.MappingNode, field: str, depth: int) -> LocatedMap:
        found = LocatedMap()
        found.line = node.start_mark.line + 1
        found.key_lines = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.problem(key_node, field, "A key must be plain text.")
            key = str(key_node.value)
            name = f"{field}.{key}" if field else key
            if key in found:
                raise self.problem(key_node, name, f"The key {key!r} is given twice.")
            found.key_lines[key] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, name, depth + 1)
        return found

    def _scalar(self, node: yaml.Node, field: str) -> Any:
        text = str(node.value)
        kind = str(node.tag).rsplit(":", 1)[-1]
        try:
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() == "true"
            if kind == "int":
                bases = {"0o": 8, "0x": 16}
                return int(text[2:], bases[text[:2]]) if text[:2] in bases else int(text)
            if kind == "float":
                return float(re.sub(r"\.(inf|nan)$", r"\1", text.lower()))
        except ValueError:
            raise self.problem(node, field, f"{text[:80]!r} is not a number.") from None
        if kind != "str":
            raise self.problem(node, field, f"The tag {node.tag!r} is not understood.")
        return text


def read_document(text: str, path: str) -> Any:
    """
    Return the content of a workflow file; mappings and sequences carry their lines.

    :raises WorkflowInvalid: if it is not YAML, too large, too deep, or a key is given twice
    """
    if len(text.encode()) > MAX_BYTES:
        raise WorkflowInvalid([Problem(path, 1, "", f"The file is larger than {MAX_BYTES} bytes.")])
    try:
        node = yaml.compose(text, Loader=_CoreSchemaLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 1
        raise WorkflowInvalid([Problem(path, line, "", f"This is not YAML: {reason}.")]) from None
    except RecursionError:
        raise WorkflowInvalid([Problem(path, 1, "", "The file is nested too deep.")]) from None
    if node is None:
        raise WorkflowInvalid([Problem(path, 1, "", "The file is empty.")])
    return _Reader(path).read(node, "", 0)
