"""Takes secrets out of text before it is kept."""

import base64
import re
from collections.abc import Iterable

MASK = "***"
# Shorter ones would take ordinary text apart, and protect nothing.
_SHORTEST = 3


class Masker:
    """Replaces known secrets by `***`, also as base64, and each line of those with several."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Take one more secret out from now on."""
        spellings = {secret, secret.strip(), *(line.strip() for line in secret.splitlines())}
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        if len(secret) >= 6:
            spellings.add(encoded)
        self._secrets |= {text for text in spellings if len(text) >= _SHORTEST}
        # The longest first, so that a secret that begins like another goes as a whole.
        ordered = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        return self._pattern.sub(MASK, text) if self._pattern else text
