"""The secrets of a run: unsealed on demand, inside the process that makes the outside call."""

import uuid
from typing import Any

from apps.core.secrets import decrypt
from apps.scaffolder.clock import NOW
from apps.scaffolder.domain import secret_refs
from apps.scaffolder.models import RunSecret


class RunSecrets:
    """Unseals only what an action refers to, and remembers it for redaction."""

    def __init__(self, run_id: uuid.UUID) -> None:
        self._run_id = run_id
        self._revealed: dict[str, str] = {}

    def reveal(self, value: Any) -> Any:
        """
        Return `value` with its references replaced by the secrets.

        :raises SecretNotAllowed: if a secret is gone or expired
        :raises SecretUnreadable: if the encryption key has changed
        """
        missing = secret_refs.names_in(value) - set(self._revealed)
        if missing:
            rows = RunSecret.objects.filter(
                run_id=self._run_id, name__in=missing, expires_at__gt=NOW
            )
            for row in rows:
                context = f"run:{self._run_id}:{row.name}"
                self._revealed[row.name] = decrypt(row.sealed, context=context)
        return secret_refs.resolve(value, self._revealed)

    def revealed(self) -> list[str]:
        """Return the texts that must not be written anywhere."""
        return list(self._revealed.values())
