"""Commands that operators run."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.compat.catalog_entities import component, make_entity

pytestmark = pytest.mark.django_db


def test_a_healthy_portal_violates_nothing() -> None:
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert "Every invariant holds" in out.getvalue()


def test_an_entity_without_its_document_is_named() -> None:
    make_entity(component("lost"))
    out = StringIO()

    with pytest.raises(CommandError, match="1 invariants"):
        call_command("check_invariants", stdout=out)

    assert "component:default/lost" in out.getvalue()


def test_an_altered_audit_row_is_named() -> None:
    call_command("create_sign_in_link", "--create-admin", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER core_auditevent_append_only")
        cursor.execute("UPDATE core_auditevent SET actor_name = 'nobody'")
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("check_invariants", stdout=out)
    with pytest.raises(CommandError, match="does not fit"):
        call_command("audit_verify")

    assert "Audit log: row" in out.getvalue()


def test_doctor_names_what_fails_and_what_to_do(settings: pytest.FixtureRequest) -> None:
    settings.PUBLIC_URL = "http://portal.example"
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.GITHUB_API_URL = "http://127.0.0.1:9/api/v3"
    out = StringIO()

    with pytest.raises(CommandError, match="checks failed"):
        call_command("doctor", stdout=out)

    lines = {line.split()[1]: line for line in out.getvalue().splitlines()}
    assert lines["address"].startswith("FAIL")
    assert "ALLOWED_HOSTS" in lines["address"]
    assert lines["database"].startswith("ok")
    assert lines["forge"].startswith("FAIL")
    assert lines["worker"].startswith("FAIL")
