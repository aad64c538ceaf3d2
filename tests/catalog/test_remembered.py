"""Counts beside the list are kept until the catalog changes, and not a moment longer."""

import hashlib

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.catalog import selectors
from apps.catalog.domain.query import EntityQuery
from apps.catalog.models import Entity, Revision
from apps.catalog.selectors.counts import public_counts
from tests.catalog.conftest import component

pytestmark = pytest.mark.django_db

COMPONENTS = EntityQuery(kind=("component",))
HIDDEN = "  annotations: {callboard.dev/visibility: restricted}\nspec:"


def counts(actor, query=COMPONENTS, facet="type"):
    found = selectors.list_entities(actor, query)
    values = next(part.values for part in found.facets if part.key == facet)
    return found.total, {value.value: value.count for value in values}


def test_a_count_is_asked_for_once(folder):
    folder.write("one.yaml", component("one"))
    folder.ingest()
    counts(None)

    with CaptureQueriesContext(connection) as queries:
        assert counts(None) == (1, {"service": 1})

    assert not [query for query in queries if "COUNT(" in query["sql"]]
    assert len(queries) == 2


def test_a_count_changes_with_the_next_ingestion(folder):
    folder.write("one.yaml", component("one"))
    folder.ingest()
    assert (counts(None), public_counts()["Component"]) == ((1, {"service": 1}), 1)

    folder.write("two.yaml", component("two"))
    folder.ingest()
    assert (counts(None), public_counts()["Component"]) == ((2, {"service": 2}), 2)

    folder.write("two.yaml", component("two").replace("type: service", "type: library"))
    folder.ingest()
    assert counts(None) == (2, {"library": 1, "service": 1})


def test_a_count_changes_whoever_writes(folder):
    folder.write("one.yaml", component("one"))
    folder.ingest()
    assert counts(None) == (1, {"service": 1})

    Entity.objects.filter(ref="component:default/one").update(type="website")
    assert counts(None) == (1, {"website": 1})

    Entity.objects.filter(ref="component:default/one").delete()
    assert counts(None) == (0, {})


def test_a_count_of_what_was_rolled_back_is_not_kept(folder):
    folder.write("one.yaml", component("one"))
    folder.ingest()
    rows = Entity.objects.filter(ref="component:default/one")

    with transaction.atomic():
        rows.update(type="website")
        assert counts(None) == (1, {"website": 1})
        transaction.set_rollback(True)
    with transaction.atomic():
        rows.update(type="library")

        assert counts(None) == (1, {"library": 1})


def test_an_ingestion_without_news_keeps_the_revision(folder):
    folder.write("one.yaml", component("one"))
    folder.ingest()
    before = Revision.objects.get().value

    folder.ingest()

    assert Revision.objects.get().value == before


def test_what_is_hidden_is_not_counted_for_others(folder, make_actor):
    folder.write("one.yaml", component("one"))
    secret = component("secret", owner="user:olga").replace("spec:", HIDDEN)
    folder.write("secret.yaml", secret)
    folder.ingest()
    admin, other = make_actor("ada", Role.ADMIN), make_actor("otto")
    owner = make_actor("olga", entity_ref="user:default/olga")

    assert counts(admin) == (2, {"service": 2})
    assert counts(other) == (1, {"service": 1})
    assert counts(owner) == (2, {"service": 2})


def test_kept_counts_follow_the_other_filters(folder):
    folder.write("one.yaml", component("one"))
    folder.write("two.yaml", component("two", owner="orders").replace("service", "library"))
    folder.ingest()
    counts(None)
    query = EntityQuery(kind=("component",), owner=("group:default/orders",))

    assert counts(None, query) == (1, {"library": 1})
    owners = {"group:default/orders": 1, "group:default/payments": 1}
    assert counts(None, query, "owner") == (1, owners)


def test_an_entity_with_very_many_tags_is_counted(folder):
    tags = [hashlib.sha512(str(number).encode()).hexdigest()[:63] for number in range(80)]
    many = component("many").replace("spec:", f"  tags: [{', '.join(tags)}]\nspec:")
    folder.write("many.yaml", many)
    folder.ingest()

    assert counts(None, facet="tag") == (1, dict.fromkeys(tags, 1))


def test_a_title_that_is_hidden_is_not_told(folder, make_actor):
    folder.write("one.yaml", component("one"))
    hidden = component("secret", owner="user:olga").replace(
        "spec:", "  title: The acquisition\n" + HIDDEN
    )
    folder.write("secret.yaml", hidden)
    folder.ingest()
    refs = ["component:default/one", "component:default/secret", "component:default/none"]

    told = selectors.titles_of(make_actor("otto"), refs)
    assert told == {"component:default/one": "one"}
    told = selectors.titles_of(make_actor("olga", entity_ref="user:default/olga"), refs)
    assert told["component:default/secret"] == "The acquisition"


def test_two_spellings_of_a_type_are_two_values(folder):
    folder.write("one.yaml", component("one"))
    folder.write("two.yaml", component("two").replace("type: service", "type: Service"))
    folder.ingest()

    found = selectors.list_entities(None, EntityQuery(kind=("component",), type=("Service",)))

    assert [entity.name for entity in found.entities] == ["two"]
    types = next(part.values for part in found.facets if part.key == "type")
    assert {value.value: value.selected for value in types} == {"Service": True, "service": False}
