"""Encryption of secrets at rest: AES-256-GCM with a key from outside the database."""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """A stored secret was encrypted with another key, or has been altered."""


def encrypt(text: str, *, context: str) -> str:
    """Return `text` encrypted; `context` (for example "run:<id>:NAME") is bound to it."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key()).encrypt(nonce, text.encode(), context.encode())
    return f"v1:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, context: str) -> str:
    """
    Return the text of a stored secret.

    :raises SecretUnreadable: with another key, another context, or altered text
    """
    version, _, encoded = stored.partition(":")
    if version != "v1":
        raise SecretUnreadable(f"The stored secret has an unknown form {version[:8]!r}.")
    raw = base64.b64decode(encoded)
    try:
        plain = AESGCM(_key()).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
    except InvalidTag:
        raise SecretUnreadable(
            "The stored secret cannot be read with the present CALLBOARD_ENCRYPTION_KEY."
        ) from None
    return plain.decode()


def _key() -> bytes:
    # The setting is text of any length; AES-256 wants 32 bytes.
    return hashlib.sha256(str(settings.ENCRYPTION_KEY).encode()).digest()
