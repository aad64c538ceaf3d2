"""References to a run's secrets: what expressions see instead of the text (reliability.md 1.3)."""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from apps.core.errors import UserFacingError

PREFIX = "secret:run/"
_REFERENCE = re.compile(r"secret:run/([A-Za-z0-9_.-]{1,200})")
_SHORTEST_REDACTED = 4


class SecretNotAllowed(UserFacingError):
    """A template hands a secret to an input that does not take secrets."""


def is_name(name: str) -> bool:
    """Tell whether expressions can refer to a secret of this name."""
    return bool(_REFERENCE.fullmatch(f"{PREFIX}{name}"))


def references(names: Iterable[str]) -> dict[str, str]:
    """Return what `secrets` is in expressions: a reference for each name."""
    return {name: f"{PREFIX}{name}" for name in names}


def check_inputs(rendered: Any, allowed: Iterable[str], *, action: str) -> None:
    """
    Return if references stand only where the action takes secrets ("token", "secrets.*").

    :raises SecretNotAllowed: naming the input
    """
    patterns = [re.compile(re.escape(path).replace(r"\*", r"[^.]+")) for path in allowed]
    for path, text in _texts(rendered, ""):
        if _REFERENCE.search(text) and not any(pattern.fullmatch(path) for pattern in patterns):
            raise SecretNotAllowed(
                f"{action} does not take secrets in `{path}`.",
                hint="Secrets can be used only where an action's description says so.",
                where=f"input.{path}",
            )


def resolve(value: Any, secrets: Mapping[str, str]) -> Any:
    """
    Return `value` with every reference replaced by its secret.

    :raises SecretNotAllowed: if a secret is not there
    """
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _lookup(match.group(1), secrets), value)
    if isinstance(value, list):
        return [resolve(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: resolve(item, secrets) for key, item in value.items()}
    return value


def names_in(value: Any) -> set[str]:
    """Return the names of the secrets that a value refers to."""
    return {name for _, text in _texts(value, "") for name in _REFERENCE.findall(text)}


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with secrets and their common encodings replaced; the second wall only."""
    for secret in secrets:
        if len(secret) < _SHORTEST_REDACTED:
            continue
        raw = secret.encode()
        forms = {
            secret,
            secret.upper(),
            secret.lower(),
            secret[::-1],
            base64.b64encode(raw).decode().rstrip("="),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
            raw.hex(),
            quote(secret, safe=""),
            quote(secret),
        }
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "***")
    return text


def redact_all(value: Any, secrets: Collection[str]) -> Any:
    """Return `value` with every text in it redacted."""
    if not secrets:
        return value
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [redact_all(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: redact_all(item, secrets) for key, item in value.items()}
    return value


def _lookup(name: str, secrets: Mapping[str, str]) -> str:
    if name not in secrets:
        raise SecretNotAllowed(
            f"The secret {name} of this run is gone.", hint="Resume the run and type it again."
        )
    return secrets[name]


def _texts(value: Any, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, f"{path}[{position}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
            if isinstance(key, str) and _REFERENCE.search(key):
                yield f"{path}.<key>", key
