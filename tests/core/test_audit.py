"""The audit log is append-only and its chain shows every alteration."""

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from apps.core import audit
from apps.core.models import AuditEvent

pytestmark = pytest.mark.django_db


def record(name: str) -> AuditEvent:
    with transaction.atomic():
        return audit.record(action="tests.do", object_kind="thing", object_id=name)


def test_a_row_names_who_did_what() -> None:
    audit.set_actor(audit.Actor(type="person", id="7", name="dana"))
    try:
        event = record("a")
    finally:
        audit.set_actor(audit.SYSTEM)

    assert (event.actor_name, event.action, event.object_id) == ("dana", "tests.do", "a")


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction of the change"):
        audit.record(action="tests.do", object_kind="thing", object_id="a")


@pytest.mark.parametrize(
    "statement", ["UPDATE core_auditevent SET action = 'x'", "DELETE FROM core_auditevent"]
)
def test_the_database_refuses_to_change_a_row(statement: str) -> None:
    record("a")

    with (
        pytest.raises((ProgrammingError, InternalError), match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_one_changed_character_is_found() -> None:
    record("a")
    altered = record("b")
    record("c")
    assert audit.first_broken_row() is None

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER core_auditevent_append_only")
        cursor.execute("UPDATE core_auditevent SET object_id = 'B' WHERE id = %s", [altered.pk])

    assert audit.first_broken_row() == altered.pk
