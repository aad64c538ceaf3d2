"""Backstage's catalog API: requests and answers of its own shapes (backstage-spec.md section 2)."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Role, User
from tests.compat.catalog_entities import component, make_entity

pytestmark = pytest.mark.django_db
BASE = "/api/catalog"


@pytest.fixture
def api() -> Client:
    tokens.forget_believed_tokens()
    user = User.objects.create(username="robot", role=Role.MEMBER)
    issued = tokens.issue_token(user=user, name="t", scopes=["catalog:read"], now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {issued.secret}"})


@pytest.fixture
def entities() -> None:
    make_entity(
        component(
            "Billing",
            metadata={"name": "Billing", "tags": ["java", "money"], "title": "Billing service"},
        )
    )
    make_entity(component("search", spec={"type": "website", "lifecycle": "Experimental"}))
    make_entity(
        component(
            "ledger",
            metadata={"name": "ledger", "annotations": {"github.com/project-slug": "acme/ledger"}},
        )
    )
    make_entity(
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "API",
            "metadata": {"name": "pay", "description": ""},
            "spec": {"type": "openapi"},
        }
    )


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    body = response.json()
    return [
        item["metadata"]["name"] for item in (body["items"] if isinstance(body, dict) else body)
    ]


def ordered(api: Client, **parameters: str) -> list[str]:
    return names(
        api.get(f"{BASE}/entities/by-query", {"orderField": "metadata.name", **parameters})
    )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["kind=component"], ["Billing", "ledger", "search"]),
        (["KIND=Component"], ["Billing", "ledger", "search"]),
        (["kind=component,spec.type=website"], ["search"]),
        (["spec.type=website,spec.type=openapi"], ["pay", "search"]),
        (["spec.type=website", "kind=api"], ["pay", "search"]),
        (["metadata.tags=java"], ["Billing"]),
        (["metadata.tags.money=true"], ["Billing"]),
        (["metadata.annotations.github.com/project-slug"], ["ledger"]),
        (["metadata.annotations.github.com/project-slug=acme/LEDGER"], ["ledger"]),
        (["metadata.description="], ["pay"]),
        (["metadata.description"], ["pay"]),
        (["metadata"], []),
        (["relations.ownedBy=group:default/payments"], ["Billing", "ledger", "search"]),
        (["metadata.name=billing"], ["Billing"]),
        (["spec.lifecycle=experimental"], ["search"]),
        ([" kind = component , spec.type = website "], ["search"]),
    ],
)
def test_filters_mean_what_they_mean_in_backstage(
    api: Client, entities: None, filters: list[str], expected: list[str]
) -> None:
    query = "&".join(f"filter={quote(text)}" for text in filters)

    response = api.get(f"{BASE}/entities/by-query?orderField=metadata.name&{query}")

    assert names(response) == expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ({"kind": "component"}, ["Billing", "ledger", "search"]),
        ({"$not": {"kind": "component"}}, ["pay"]),
        ({"$all": []}, ["Billing", "ledger", "pay", "search"]),
        ({"$any": []}, []),
        ({"$any": [{"kind": "api"}, {"spec.type": "website"}]}, ["pay", "search"]),
        ({"spec.type": {"$in": ["website", "openapi"]}}, ["pay", "search"]),
        ({"metadata.name": {"$hasPrefix": "BILL"}}, ["Billing"]),
        ({"metadata.tags": {"$contains": "java"}}, ["Billing"]),
        ({"metadata.tags": {"$exists": False}}, ["ledger", "pay", "search"]),
        (
            {
                "relations": {
                    "$contains": {"type": "ownedBy", "targetRef": "group:default/payments"}
                }
            },
            ["Billing", "ledger", "search"],
        ),
    ],
)
def test_predicates_mean_what_they_mean_in_backstage(
    api: Client, entities: None, predicate: dict[str, Any], expected: list[str]
) -> None:
    body = {"query": predicate, "orderBy": [{"field": "metadata.name"}]}

    response = api.post(f"{BASE}/entities/by-query", body, content_type="application/json")

    assert names(response) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "__proto__=x",
        "metadata.__class__",
        "constructor",
        "password=x",
        "user__password__startswith=a",
        "",
        "kind=a\x00b",
    ],
)
def test_a_hostile_filter_is_an_input_error(api: Client, hostile: str) -> None:
    response = api.get(f"{BASE}/entities/by-query", {"filter": hostile})

    assert response.status_code == 400
    body = response.json()
    assert body["error"]["name"] == "InputError"
    assert body["response"] == {"statusCode": 400}
    assert body["request"]["method"] == "GET"


def test_an_order_puts_lower_case_first_and_drops_what_lacks_the_field(
    api: Client, entities: None
) -> None:
    assert ordered(api, orderField="metadata.name,desc") == ["search", "pay", "ledger", "Billing"]
    assert ordered(api, orderField="metadata.title") == ["Billing"]
    assert ordered(api, orderField="spec.lifecycle")[:1] == ["search"]


@pytest.mark.parametrize(
    ("term", "fields", "expected"),
    [
        ("ILL", "metadata.name", ["Billing"]),
        ("service", "metadata.title,spec.type", ["Billing", "ledger"]),
        ("nothing", "metadata.name", []),
        ("led", "", ["ledger"]),
    ],
)
def test_full_text_is_a_substring_of_fields(
    api: Client, entities: None, term: str, fields: str, expected: list[str]
) -> None:
    assert ordered(api, fullTextFilterTerm=term, fullTextFilterFields=fields) == expected


@pytest.mark.parametrize("order", ["metadata.name", "metadata.name,desc", ""])
def test_cursors_lead_through_everything_and_back(api: Client, order: str) -> None:
    for number in range(7):
        make_entity(component(f"c{number}", spec={"type": "service" if number % 2 else "library"}))
    parameters = {"limit": "3", "filter": "kind=component"} | (
        {"orderField": order} if order else {}
    )
    everything = names(api.get(f"{BASE}/entities/by-query", parameters | {"limit": "50"}))

    pages, cursor, last = [], None, {}
    while True:
        sent = {"limit": "3", "cursor": cursor} if cursor else parameters
        last = api.get(f"{BASE}/entities/by-query", sent).json()
        pages.append([item["metadata"]["name"] for item in last["items"]])
        assert last["totalItems"] == 7
        cursor = last["pageInfo"].get("nextCursor")
        if not cursor:
            break
    back = []
    while previous := last["pageInfo"].get("prevCursor"):
        last = api.get(f"{BASE}/entities/by-query", {"limit": "3", "cursor": previous}).json()
        back.append([item["metadata"]["name"] for item in last["items"]])

    assert [name for page in pages for name in page] == everything
    assert [len(page) for page in pages] == [3, 3, 1]
    assert back == [pages[1], pages[0]]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"orderFields": 7}').decode(),
        base64.b64encode(b'{"orderFieldValues": ["a", "not-a-uid"]}').decode(),
        "A" * 50_000,
        base64.b64encode(b"[" * 20_000).decode(),
    ],
)
def test_a_malformed_cursor_is_an_input_error(api: Client, cursor: str) -> None:
    assert api.get(f"{BASE}/entities/by-query", {"cursor": cursor}).status_code == 400


def test_only_asked_fields_are_sent(api: Client, entities: None) -> None:
    fields = "metadata.name,metadata.annotations.github.com/project-slug,spec.nothing"

    items = api.get(
        f"{BASE}/entities/by-query", {"fields": fields, "filter": "metadata.name=ledger"}
    ).json()["items"]

    assert items == [
        {"metadata": {"name": "ledger", "annotations": {"github.com/project-slug": "acme/ledger"}}}
    ]
    assert api.get(f"{BASE}/entities/by-query", {"fields": "metadata.tags[0]"}).status_code == 400


def test_references_are_answered_in_their_order(api: Client, entities: None) -> None:
    refs = ["api:default/PAY", "component:default/gone", "component:search"]

    response = api.post(
        f"{BASE}/entities/by-refs",
        {"entityRefs": refs, "fields": ["metadata.name"]},
        content_type="application/json",
    )

    assert response.json() == {
        "items": [{"metadata": {"name": "pay"}}, None, {"metadata": {"name": "search"}}]
    }


def test_a_filter_of_references_leaves_null(api: Client, entities: None) -> None:
    response = api.post(
        f"{BASE}/entities/by-refs?filter=kind=api",
        {"entityRefs": ["api:default/pay", "component:default/search"], "fields": ["kind"]},
        content_type="application/json",
    )

    assert response.json() == {"items": [{"kind": "API"}, None]}


def test_an_entity_by_name_whatever_the_case(api: Client, entities: None) -> None:
    found = api.get(f"{BASE}/entities/by-name/Component/default/BILLING")

    assert found.json()["metadata"]["title"] == "Billing service"
    missing = api.get(f"{BASE}/entities/by-name/component/default/gone")
    assert missing.status_code == 404
    assert missing.json()["error"]["name"] == "NotFoundError"


def test_facets_count_values_in_their_own_case(api: Client, entities: None) -> None:
    response = api.get(
        f"{BASE}/entity-facets?facet=kind&facet=spec.lifecycle&facet=metadata.tags"
        "&facet=relations.ownedBy&filter=kind=component"
    )

    assert response.json() == {
        "facets": {
            "kind": [{"value": "Component", "count": 3}],
            "spec.lifecycle": [
                {"value": "Experimental", "count": 1},
                {"value": "production", "count": 2},
            ],
            "metadata.tags": [{"value": "java", "count": 1}, {"value": "money", "count": 1}],
            "relations.ownedBy": [{"value": "group:default/payments", "count": 3}],
        }
    }
    assert api.get(f"{BASE}/entity-facets").status_code == 400


def test_what_one_may_not_know_is_not_there(api: Client) -> None:
    make_entity(component("secret"), restricted=True)

    assert ordered(api) == []
    assert api.get(f"{BASE}/entities/by-name/component/default/secret").status_code == 404
    assert api.get(f"{BASE}/entity-facets?facet=kind").json() == {"facets": {"kind": []}}


def test_without_a_token_nothing_is_answered(client: Client) -> None:
    response = client.get(f"{BASE}/entities/by-query")

    assert response.status_code == 401
    assert response.json()["error"]["name"] == "AuthenticationError"


def test_a_token_for_something_else_is_refused(entities: None) -> None:
    user = User.objects.create(username="other", role=Role.ADMIN)
    issued = tokens.issue_token(user=user, name="t", scopes=["runs:read"], now=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {issued.secret}"})

    response = client.get(f"{BASE}/entities/by-query")

    assert response.status_code == 403
    assert "catalog:read" in json.dumps(response.json())


def test_a_page_asks_the_database_three_times_at_most(
    api: Client, entities: None, django_assert_max_num_queries: Any
) -> None:
    api.get(f"{BASE}/entities/by-query")

    with django_assert_max_num_queries(2):
        api.get(
            f"{BASE}/entities/by-query", {"filter": "kind=component", "orderField": "metadata.name"}
        )
