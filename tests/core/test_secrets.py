"""Stored secrets are unreadable without the key and bound to their place."""

import pytest

from apps.core import secrets


def test_a_secret_comes_back_in_its_own_context() -> None:
    stored = secrets.encrypt("canary-value", context="run:1:TOKEN")

    assert "canary" not in stored
    assert secrets.decrypt(stored, context="run:1:TOKEN") == "canary-value"


@pytest.mark.parametrize("context", ["run:2:TOKEN", "run:1:OTHER"])
def test_a_secret_copied_to_another_place_is_unreadable(context: str) -> None:
    stored = secrets.encrypt("canary-value", context="run:1:TOKEN")

    with pytest.raises(secrets.SecretUnreadable):
        secrets.decrypt(stored, context=context)


def test_another_key_cannot_read_it(settings: pytest.FixtureRequest) -> None:
    stored = secrets.encrypt("canary-value", context="x")
    settings.ENCRYPTION_KEY = "another"

    with pytest.raises(secrets.SecretUnreadable, match="CALLBOARD_ENCRYPTION_KEY"):
        secrets.decrypt(stored, context="x")
