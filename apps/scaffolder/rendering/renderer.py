"""What the run engine asks of a rendering child: values of steps, and trees of files."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from wcmatch import glob

from apps.core.errors import UserFacingError
from apps.core.safe_path import safe_relpath
from apps.scaffolder.domain.workspace import File, Files
from apps.scaffolder.rendering.process import Child, RenderingLimitExceeded

# Per render: text that one expression or one file may become, in UTF-16 units.
_LIMITS = {"outputCodeUnits": 1_100_000, "sourceCodeUnits": 2_200_000}
_BATCH_BYTES = 2 << 20
_GLOB = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class ExpressionFailed(UserFacingError):
    """An expression of a template cannot be evaluated."""


@dataclass(frozen=True)
class FileOptions:
    """How `fetch:template` treats files; names as in Backstage's input."""

    copy_verbatim: tuple[str, ...] = ()
    copy_untouched: tuple[str, ...] = ()
    template_extension: str = ""
    cookiecutter: bool = False
    trim_blocks: bool = False
    lstrip_blocks: bool = False


class Renderer:
    """A rendering child for the length of one run."""

    def __init__(
        self,
        child: Child,
        *,
        replace: Callable[[], Child],
        check: Callable[[], None] | None = None,
    ) -> None:
        self._child = child
        self._replace = replace
        self._check = check

    def value(
        self,
        template: Any,
        context: Mapping[str, Any],
        *,
        path: str = "",
        failed: bool = False,
        seed: str = "",
    ) -> Any:
        """
        Return `template` with every `${{ }}` in it evaluated; MISSING for an undefined whole.

        A text that is one expression keeps the expression's type; undefined keys are dropped.
        `failed` is what `failure()` answers.

        :raises ExpressionFailed: naming the expression and the cause
        :raises RenderingLimitExceeded: when time, memory or output is used up
        """
        answer = self._ask(
            {
                "op": "value",
                "template": template,
                "context": context,
                "path": path,
                "failed": failed,
                "silent": settings.SCAFFOLDER_BACKSTAGE_SILENCE,
                "seed": _seed(seed),
            }
        )
        return MISSING if answer.get("missing") else answer.get("value")

    def files(
        self,
        files: Mapping[str, File],
        values: Mapping[str, Any],
        options: FileOptions,
        *,
        seed: str = "",
    ) -> Files:
        """
        Return the files with names and contents rendered, in the way of `fetch:template`.

        A name that becomes empty, or has an empty part, leaves the file out. Binary files and
        modes are kept.

        :raises ExpressionFailed: naming the file and the cause
        :raises UnsafePath: if a rendered name leaves the folder
        """
        context = {"cookiecutter" if options.cookiecutter else "values": values}
        rendered: Files = {}
        for batch in _batches(files, options):
            answer = self._ask(
                {
                    "op": "files",
                    "files": [
                        {"path": plan.path, "text": plan.text, "name": plan.render_name}
                        for plan in batch
                    ],
                    "context": context,
                    "options": {
                        "cookiecutterCompat": options.cookiecutter,
                        "trimBlocks": options.trim_blocks,
                        "lstripBlocks": options.lstrip_blocks,
                    },
                    "seed": _seed(seed),
                }
            )
            for plan, made in zip(batch, answer["files"], strict=True):
                _keep(rendered, plan, made)
        return rendered

    def close(self) -> None:
        """Kill the child; a renderer is used for one run only."""
        self._child.kill()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if not self._child.alive:
            # A step was contained; what comes after it gets a fresh child.
            self._child.kill()
            self._child = self._replace()
        answer = self._child.ask(request | {"limits": _LIMITS}, check=self._check)
        if error := answer.get("error"):
            raise _failure(error)
        return answer


@dataclass(frozen=True)
class _Plan:
    path: str
    file: File
    text: str | None
    render_name: bool
    strip: str


def _plan(path: str, file: File, options: FileOptions) -> _Plan:
    untouched = _matches(path, options.copy_untouched)
    verbatim = untouched or _matches(path, options.copy_verbatim)
    extension = options.template_extension
    if extension and not verbatim and not path.endswith(extension):
        verbatim = True
    text = None if verbatim else _decoded(file.data)
    strip = extension if extension and not untouched and path.endswith(extension) else ""
    return _Plan(path, file, text, render_name=not untouched, strip=strip)


def _batches(files: Mapping[str, File], options: FileOptions) -> Iterable[list[_Plan]]:
    batch: list[_Plan] = []
    size = 0
    for path in sorted(files):
        plan = _plan(path, files[path], options)
        length = len(plan.text) if plan.text is not None else 0
        if batch and size + length > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(plan)
        size += length + len(path)
    if batch:
        yield batch


def _keep(rendered: Files, plan: _Plan, made: Mapping[str, Any]) -> None:
    path = str(made["path"]).removesuffix(plan.strip) if plan.strip else str(made["path"])
    if not path or path.startswith("/") or path.endswith("/") or "//" in path:
        # A conditional name, as in `${{ 'Dockerfile' if values.docker }}`.
        return
    path = safe_relpath(path, where=plan.path)
    text = made["text"]
    data = plan.file.data if text is None else str(text).encode("utf-8", "replace")
    rendered[path] = File(data, executable=plan.file.executable)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return bool(patterns) and glob.globmatch(path, list(patterns), flags=_GLOB)


def _decoded(data: bytes) -> str | None:
    """Return the text of a file, or None for a binary one."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _seed(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])


def _failure(error: Mapping[str, Any]) -> UserFacingError:
    message = str(error.get("message") or "The expression failed.")
    where = str(error.get("path") or "")
    line = error.get("line")
    if line and not error.get("expression"):
        where = f"{where}, line {line}" if where else f"line {line}"
    expression = str(error.get("expression") or "")
    kind = RenderingLimitExceeded if error.get("limit") else ExpressionFailed
    sentence = message[:1].upper() + message[1:400].rstrip(".") + "."
    return kind(f"{expression}: {sentence}" if expression else sentence, where=where)
