"""
GitHub's own OpenAPI description, and the check of every answer against it.

The description comes from the npm package @octokit/openapi. Unpacked it has 400 MB, so one file
of it is kept, in a cache outside the checkout (`XDG_CACHE_HOME`/callboard).
"""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from django.http import HttpRequest, HttpResponse
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"
ROOT = "urn:github"

# Answers GitHub gives to any operation, whether its description lists them or not.
GENERAL_ERRORS = {400, 401, 403, 404, 405, 409, 413, 422}
# What GitHub (or GitHub Enterprise Server) has but api.github.com's description does not.
UNDOCUMENTED = [
    re.compile(pattern)
    for pattern in (
        r"[A-Z]+ /admin/.*",
        r"GET /organizations/\d+/team/\d+",
        # Exact refs are still served here; the description has them under /git/ref/.
        r"GET /repos/[^/]+/[^/]+/git/refs/.+",
    )
]
# Parameters that hold slashes.
_LONG = {"path", "ref", "branch", "basehead", "tree_sha"}

violations: list[str] = []
answered: Counter[str] = Counter()


def description_file() -> Path:
    """Return the description on disk, fetched by npm the first time."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "callboard"
    kept = base / f"api.github.com-{PACKAGE.rpartition('@')[2]}.json"
    if kept.exists():
        return kept
    base.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is needed once, to fetch GitHub's OpenAPI description.")
    with tempfile.TemporaryDirectory(dir=base) as folder:
        subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=folder, check=True, timeout=300)
        [archive] = Path(folder).glob("*.tgz")
        made = Path(folder) / "description.json"
        with tarfile.open(archive, "r|gz") as members:
            for member in members:
                if member.name == MEMBER:
                    content = members.extractfile(member)
                    assert content is not None
                    with made.open("wb") as target:
                        shutil.copyfileobj(content, target)
                    break
        made.replace(kept)
    return kept


class Contract:
    """The description, ready to judge answers."""

    def __init__(self) -> None:
        self.document = json.loads(description_file().read_text())
        _as_json_schema(self.document)
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(ROOT, resource)
        self._validators: dict[str, Any] = {}
        self._paths = sorted(
            ((_as_pattern(path), path) for path in self.document["paths"]),
            # The more of an address is spelt out, the better it fits.
            key=lambda item: (item[1].count("{"), -len(re.sub(r"\{.*?\}", "", item[1]))),
        )

    def problems(
        self, *, method: str, path: str, status: int, content_type: str, body: bytes
    ) -> list[str]:
        """Return what GitHub would not have answered; `path` is below /api/v3."""
        name = f"{method} {path}"
        found = self.operation(method, path)
        if found is None:
            known = any(pattern.fullmatch(name) for pattern in UNDOCUMENTED)
            general = status in GENERAL_ERRORS and status != 200
            return [] if known or general else [f"{name}: GitHub has no such operation"]
        template, operation = found
        responses = operation["responses"]
        answered[f"{method} {template} {status}"] += 1
        if status == 304:
            # Any GET may be conditional; the description names it only here and there.
            return [f"{name}: 304 with a body"] if body or method != "GET" else []
        if str(status) not in responses:
            if status not in GENERAL_ERRORS:
                return [f"{name}: GitHub does not answer {status}, but {sorted(responses)}"]
            return self._check(name, "/components/schemas/basic-error", body)
        response, pointer = (
            responses[str(status)],
            _pointer("paths", template, method.lower(), "responses", str(status)),
        )
        if "$ref" in response:
            pointer = response["$ref"].removeprefix("#")
            response = self._at(pointer)
        media = response.get("content") or {}
        plain = content_type.partition(";")[0].strip()
        if not media or plain != "application/json":
            return []
        kind = plain if plain in media else next(iter(media))
        return self._check(name, f"{pointer}{_pointer('content', kind, 'schema')}", body)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return the template and the operation that an address belongs to."""
        for pattern, template in self._paths:
            # An empty last part (the root of the contents) may lack its slash, too.
            if (pattern.fullmatch(path) or pattern.fullmatch(f"{path}/")) and (
                method.lower() in self.document["paths"][template]
            ):
                return template, self.document["paths"][template][method.lower()]
        return None

    def event_problems(self, event: str, payload: dict[str, Any]) -> list[str]:
        """Return what is wrong with the body of an event, by GitHub's webhook schemas."""
        action = str(payload.get("action", "")).replace("_", "-")
        names = [f"webhook-{event.replace('_', '-')}", *([action] if action else [])]
        schema = "-".join(names)
        if schema not in self.document["components"]["schemas"]:
            return [f"{event}: there is no schema {schema}"]
        return self._check(schema, f"/components/schemas/{schema}", json.dumps(payload).encode())

    def _check(self, name: str, pointer: str, body: bytes) -> list[str]:
        if pointer not in self._validators:
            self._validators[pointer] = jsonschema.Draft202012Validator(
                {"$ref": f"{ROOT}#{pointer}"}, registry=self._registry, format_checker=_formats
            )
        error = best_match(self._validators[pointer].iter_errors(json.loads(body)))
        if error is None:
            return []
        at = "/".join(str(part) for part in error.absolute_path)
        return [f"{name}: at {at or 'the root'}: {error.message[:300]}"]

    def _at(self, pointer: str) -> Any:
        node: Any = self.document
        for part in pointer.lstrip("/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node


class ContractMiddleware:
    """Judges every answer of the REST API during tests; `violations` has what was wrong."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        method = "GET" if request.method == "HEAD" else str(request.method)
        if request.path.startswith("/api/v3/") and request.method != "HEAD":
            violations.extend(
                contract().problems(
                    method=method,
                    path=request.path.removeprefix("/api/v3").rstrip("/") or "/",
                    status=response.status_code,
                    content_type=response.headers.get("Content-Type", ""),
                    body=response.content,
                )
            )
        return response


@cache
def contract() -> Contract:
    """Return the description, read once for the whole run."""
    return Contract()


_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time")
def _is_moment(value: object) -> bool:
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(moment, value) is not None


@_formats.checks("uri")
def _is_address(value: object) -> bool:
    # GitHub calls its templates addresses too.
    return not isinstance(value, str) or re.fullmatch(r"[a-z]+://[^\s]+", value) is not None


def _as_pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{.*?\})", template)
    return re.compile(
        "".join(
            (".*" if part[1:-1] in _LONG else "[^/]+") if part.startswith("{") else re.escape(part)
            for part in parts
        )
    )


def _pointer(*parts: str) -> str:
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in parts)
    return "/" + "/".join(escaped)


def _as_json_schema(node: Any) -> None:
    """Turn OpenAPI 3.0's `nullable` and GitHub's loose `oneOf` into plain JSON Schema."""
    if isinstance(node, list):
        for item in node:
            _as_json_schema(item)
    if not isinstance(node, dict):
        return
    for item in node.values():
        _as_json_schema(item)
    if isinstance(node.get("oneOf"), list):
        # GitHub's alternatives overlap (a basic error is also every other error), so one is enough.
        node["anyOf"] = node.pop("oneOf")
    if node.get("nullable") is not True:
        return
    del node["nullable"]
    if "enum" in node and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]
    if isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    if any(word in node for word in ("anyOf", "allOf", "oneOf", "$ref")):
        rest = dict(node)
        node.clear()
        node["anyOf"] = [rest, {"type": "null"}]
