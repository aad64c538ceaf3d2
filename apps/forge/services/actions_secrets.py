"""Secrets of workflows: sealed by the sender for the forge's key, stored encrypted."""

import base64
import binascii
import hashlib
import re

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from apps.core.secrets import encrypt
from apps.forge.errors import Invalid
from apps.forge.services.run_contexts import SECRET_CONTEXT

# GitHub's own limits.
MAX_SECRET_BYTES = 48 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


def _private_key() -> PrivateKey:
    # From the key that all secrets are stored under, so that nothing more needs to be kept.
    seed = hashlib.sha256(b"forge actions secrets" + str(settings.ENCRYPTION_KEY).encode())
    return PrivateKey.from_seed(seed.digest())


def public_key() -> tuple[str, str]:
    """Return the id and the base64 text of the key that secrets are sealed for."""
    key = bytes(_private_key().public_key)
    number = int.from_bytes(hashlib.sha256(key).digest()[:8], "big")
    return str(number), base64.b64encode(key).decode()


def unseal(encrypted: str, key_id: str) -> str:
    """
    Return a sealed secret in the form it is stored in.

    :raises apps.forge.errors.Invalid: if it was sealed for another key, or is no text
    """
    if key_id != public_key()[0]:
        raise Invalid("Bad request - invalid key_id")
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        text = SealedBox(_private_key()).decrypt(sealed).decode()
    except (binascii.Error, CryptoError, UnicodeDecodeError, ValueError) as error:
        raise Invalid("Bad request - the encrypted_value cannot be opened") from error
    if len(text.encode()) > MAX_SECRET_BYTES:
        raise Invalid("Secret is too large.")
    return encrypt(text, context=SECRET_CONTEXT)


def check_name(name: str) -> str:
    """
    Return the name of a secret or variable in capital letters.

    :raises apps.forge.errors.Invalid: if it cannot be one
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or "
            "underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or "
            "underscores (_)."
        )
    if name.upper().startswith("GITHUB_"):
        raise Invalid("Secret names must not start with GITHUB_.")
    return name.upper()
