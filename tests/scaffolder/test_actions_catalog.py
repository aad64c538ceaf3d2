"""catalog:register, catalog:write and catalog:fetch, with the embedded forge where one is read."""

import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from apps.catalog import selectors as catalog
from apps.scaffolder import selectors
from apps.scaffolder.engine import invariants
from tests.scaffolder import world

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.parametrize("server", ["forge"], indirect=True),
]

ENTITY = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Component",
    "metadata": {"name": "${{ parameters.name }}"},
    "spec": {"type": "service", "lifecycle": "experimental", "owner": "group:default/platform"},
}


def steps(entity: dict = ENTITY, **register: object) -> list[dict]:
    return [
        {"action": "catalog:write", "input": {"entity": entity}},
        {
            "id": "publish",
            "action": "publish:github",
            "input": {"repoUrl": "${{ parameters.repoUrl }}", "defaultBranch": "main"},
        },
        {
            "id": "register",
            "action": "catalog:register",
            "input": {
                "repoContentsUrl": "${{ steps.publish.output.repoContentsUrl }}",
                "catalogInfoPath": "/catalog-info.yaml",
                **register,
            },
        },
        {
            "id": "read",
            "action": "catalog:fetch",
            "input": {"entityRef": "${{ steps.register.output.entityRef }}", "optional": True},
        },
    ]


def values(settings) -> dict[str, str]:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    return {
        "name": name,
        "repoUrl": f"{urlsplit(settings.GITHUB_URL).netloc}?owner=acme&repo={name}",
    }


def test_what_was_published_is_in_the_catalog_when_the_run_ends(settings, server):
    given = values(settings)

    run = world.run_to_end(
        world.start(
            steps(),
            values=given,
            output={
                "links": [{"title": "Entry", "entityRef": "${{ steps.register.output.entityRef }}"}]
            },
        )
    )

    assert run.state == "succeeded", run.error_text
    ref = f"component:default/{given['name']}"
    assert catalog.get_entity(None, ref).spec["lifecycle"] == "experimental"
    assert selectors.steps_of(run)[3].output["entity"]["metadata"]["name"] == given["name"]
    kinds = {link.kind: link for link in selectors.results(run).links}
    assert kinds["entity"].entity_ref == ref
    assert kinds["repository"].url.endswith(f"/acme/{given['name']}")
    assert invariants.violated() == []


def test_a_wrong_entity_fails_the_step_with_its_problem_and_lists_the_repository(settings, server):
    wrong = ENTITY | {"spec": {"type": "service"}}

    run = world.run_to_end(world.start(steps(wrong), values=values(settings)))

    assert (run.state, run.error_step) == ("failed", "register")
    assert "lifecycle" in run.error_text or "owner" in run.error_text
    assert [left.action for left in selectors.leftovers(run)] == [
        "publish:github",
        "catalog:register",
    ]


def test_an_optional_registration_goes_on_without_an_entity(settings, server):
    run = world.run_to_end(
        world.start(steps(optional=True, catalogInfoPath="/missing.yaml"), values=values(settings))
    )

    assert selectors.steps_of(run)[2].state == "done"


def test_a_missing_entity_fails_a_fetch_that_is_not_optional(server):
    run = world.run_to_end(
        world.start([{"action": "catalog:fetch", "input": {"entityRef": "component:nobody"}}])
    )

    assert (run.state, run.error_code) == ("failed", "entity_not_found")


@pytest.mark.parametrize("path", ["../x.yaml", ".git/config", "C:\\x"])
def test_a_file_is_written_only_inside_the_workspace(server, path: str):
    run = world.run_to_end(
        world.start([{"action": "catalog:write", "input": {"entity": {"a": 1}, "filePath": path}}])
    )

    assert (run.state, run.error_code) == ("failed", "unsafe_path")
    assert not Path("/x.yaml").exists()
