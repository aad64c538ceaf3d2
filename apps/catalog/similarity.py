"""How much a word may differ from what was typed and still be found."""

from typing import Any

from django.db.backends.signals import connection_created

from apps.catalog.selectors.filtering import TYPO_SIMILARITY


def register() -> None:
    """Have every new connection to the database forgive typing errors in the search."""
    connection_created.connect(_set_threshold, dispatch_uid="catalog.similarity")


def _set_threshold(*, connection: Any, **_: object) -> None:
    # The operator that the index serves has no argument for it; PostgreSQL's default of 0.6 takes
    # `chekout` for another word than `checkout`.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)",
                [str(TYPO_SIMILARITY)],
            )
