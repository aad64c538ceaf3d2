"""From files to entities: what comes in, what stays, what is told."""

import os
from datetime import timedelta

import pytest

from apps.accounts.models import Membership, User
from apps.catalog import selectors, services, upkeep
from apps.catalog.extensions import IngestionListener, ingestion_listeners
from apps.catalog.ingestion import run as runs
from apps.catalog.models import Claim, Entity, Location
from apps.catalog.selectors import EntityNotFound, invariants
from apps.core.models import AuditEvent
from tests.catalog.conftest import NOW, Folder, component

CHECKOUT = "component:default/checkout"
LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _invariants_hold(db: None):
    yield
    assert invariants.violated() == []


def entity(ref: str = CHECKOUT):
    return selectors.get_entity(None, ref)


def test_an_entity_comes_in_with_both_directions_of_its_relations(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout", more="  dependsOn: [resource:default/db]\n"))
    folder.write(
        "b.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: db}\n"
        "spec: {type: database, owner: payments}\n",
    )
    run = folder.ingest()
    assert run.entity_refs == (CHECKOUT, "resource:default/db")
    assert entity().relations == [
        {"type": "dependsOn", "targetRef": "resource:default/db"},
        {"type": "ownedBy", "targetRef": "group:default/payments"},
    ]
    assert {"type": "dependencyOf", "targetRef": CHECKOUT} in entity(
        "resource:default/db"
    ).relations
    annotations = entity().annotations
    assert annotations["backstage.io/managed-by-location"] == f"file:{folder.root}/a.yaml"
    assert annotations["backstage.io/managed-by-origin-location"].endswith("/**/*.yaml")
    assert entity().metadata["uid"] == entity().uid
    assert entity(run.entity_refs[0]).owner_ref == "group:default/payments"


def test_a_registered_location_has_its_own_entity(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    assert folder.location.entity_ref.startswith("location:default/generated-")
    spec = entity(folder.location.entity_ref).spec
    assert spec == {
        "type": "file",
        "target": f"{folder.root}/**/*.yaml",
        "presence": "required",
    }


def test_what_has_not_changed_is_not_written_again(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    before = Entity.objects.get(ref=CHECKOUT)
    audited = AuditEvent.objects.count()
    run = folder.ingest()
    after = Entity.objects.get(ref=CHECKOUT)
    assert not run.changed
    assert after.updated_at == before.updated_at
    assert after.pk == before.pk
    assert AuditEvent.objects.count() == audited


def test_a_change_keeps_uid_and_creation_and_moves_the_rest(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    before = entity()
    folder.write("a.yaml", component("checkout", owner="billing"))
    run = folder.ingest()
    after = entity()
    assert run.changed >= {CHECKOUT}
    assert (after.uid, after.created_at) == (before.uid, before.created_at)
    assert after.etag != before.etag
    assert after.updated_at > before.updated_at
    assert after.owner_ref == "group:default/billing"


BROKEN = {
    "a tab as indent": ("kind: Component\nspec:\n\ttype: x\n", 3),
    "a duplicate key": (component("checkout") + "  type: website\n", 9),
    "latin-1": (component("checkout").encode() + b"# caf\xe9\n", 9),
    "cut in half": (component("checkout")[:50] + "\n  name: 'x", None),
    "a missing type": (component("checkout").replace("  type: service\n", ""), None),
    "a bad name": (component("check out"), 4),
    "another shape": ("- a\n- b\n", 1),
    "an unknown kind": (component("checkout").replace("Component", "Widget"), 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_last_good_version_stays_and_the_error_names_file_and_line(
    folder: Folder, name: str
) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.write("b.yaml", component("other"))
    folder.ingest()
    text, line = BROKEN[name]
    folder.write("a.yaml", text)
    folder.write("b.yaml", component("other", owner="billing"))
    folder.ingest()
    assert entity().owner_ref == "group:default/payments"
    assert entity("component:default/other").owner_ref == "group:default/billing"
    assert len(folder.problems) == 1
    assert folder.problems[0].startswith(f"a.yaml:{line or ''}")
    assert folder.location.status == Location.Status.PROBLEMS
    folder.write("a.yaml", component("checkout", owner="billing"))
    folder.ingest()
    assert folder.problems == []
    assert entity().owner_ref == "group:default/billing"
    assert folder.location.status == Location.Status.OK


def test_a_refused_version_shows_its_error_on_the_entity(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    folder.write("a.yaml", component("checkout").replace("  lifecycle: production\n", ""))
    folder.ingest()
    items = entity().data["status"]["items"]
    assert items[0]["level"] == "error"
    assert "a.yaml:5: The field spec.lifecycle is missing." in items[0]["message"]
    assert entity().error_count == 1
    assert [problem.field for problem in selectors.errors_of(None, CHECKOUT)] == ["spec.lifecycle"]


def test_one_bad_document_hides_no_other_of_its_file(folder: Folder) -> None:
    bad = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: '-x-'}\n"
    broken = "a: [\n"
    folder.write(
        "a.yaml",
        "---\n".join([component("one"), bad, component("two"), broken, component("three")]),
    )
    run = folder.ingest()
    assert run.entity_refs == tuple(f"component:default/{n}" for n in ("one", "three", "two"))
    assert [problem.split(" ")[0] for problem in folder.problems] == ["a.yaml:12", "a.yaml:23:"]


def test_an_owner_that_is_missing_is_a_warning(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout").replace("  owner: payments\n", ""))
    folder.ingest()
    assert entity().owner_ref == ""
    assert entity().warning_count == 1
    assert folder.location.error_count == 0
    assert folder.location.warning_count == 1


def test_a_file_that_is_gone_makes_orphans_that_are_removed_later(folder: Folder) -> None:
    for name in "abcdefgh":
        folder.write(f"{name}.yaml", component(name))
    folder.ingest()
    (folder.root / "a.yaml").unlink()
    folder.ingest()
    orphan = entity("component:default/a")
    assert orphan.is_orphan
    assert orphan.annotations["backstage.io/orphan"] == "true"
    assert upkeep.remove_orphans(now=NOW + timedelta(minutes=5)) == 0
    assert upkeep.remove_orphans(now=LATER) == 1
    with pytest.raises(EntityNotFound):
        entity("component:default/a")
    assert upkeep.remove_orphans(now=LATER) == 0


def test_a_file_that_comes_back_is_no_orphan(folder: Folder) -> None:
    for name in "abcdefgh":
        folder.write(f"{name}.yaml", component(name))
    folder.ingest()
    (folder.root / "a.yaml").unlink()
    folder.ingest()
    folder.write("a.yaml", component("a"))
    folder.ingest()
    assert not entity("component:default/a").is_orphan
    assert "backstage.io/orphan" not in entity("component:default/a").annotations


def test_a_document_that_is_gone_from_its_file_is_an_orphan(folder: Folder) -> None:
    folder.write("a.yaml", component("one") + "---\n" + component("two"))
    folder.ingest()
    folder.write("a.yaml", component("one"))
    folder.ingest()
    assert entity("component:default/two").is_orphan
    folder.write("a.yaml", component("one") + "---\n" + component("two"))
    folder.ingest()
    assert not entity("component:default/two").is_orphan


def test_a_listing_that_shrinks_too_much_removes_nothing_until_somebody_agrees(
    folder: Folder,
) -> None:
    for number in range(20):
        folder.write(f"{number}.yaml", component(f"c{number}"))
    folder.ingest()
    for number in range(5, 20):
        (folder.root / f"{number}.yaml").unlink()
    folder.ingest()
    assert "15 of 20 entities are gone" in folder.location.pruning_paused
    assert not Entity.objects.filter(is_orphan=True).exists()
    folder.ingest(may_prune=True)
    assert folder.location.pruning_paused == ""
    assert Entity.objects.filter(is_orphan=True).count() == 15


def test_an_empty_listing_removes_nothing(folder: Folder) -> None:
    folder.write("a.yaml", component("one"))
    folder.ingest()
    (folder.root / "a.yaml").unlink()
    folder.ingest()
    assert not entity("component:default/one").is_orphan
    assert "No file matches" in folder.problems[0]
    assert "1 of 1 entities" in folder.location.pruning_paused


def test_the_first_to_claim_a_name_keeps_it(folder: Folder, tmp_path) -> None:
    (tmp_path / "second").mkdir()
    first, second = folder, Folder(tmp_path / "second")
    first.write("a.yaml", component("checkout", owner="first"))
    first.ingest("*.yaml")
    second.write("b.yaml", component("checkout", owner="second"))
    run = second.ingest("*.yaml")
    assert CHECKOUT not in run.entity_refs
    assert entity().owner_ref == "group:default/first"
    assert second.location.error_count == 1
    assert "checkout is taken" in second.problems[0]
    assert {"type": "ownerOf", "targetRef": CHECKOUT} not in [
        relation
        for row in Entity.objects.filter(ref="group:default/second")
        for relation in row.data
    ]
    documents = selectors.source_documents(None, CHECKOUT)
    assert [document["is_current"] for document in documents] == [True, False]
    first.ingest()
    second.ingest()
    assert entity().owner_ref == "group:default/first"
    services.unregister_location(actor=None, location_id=first.location.pk, now=LATER)
    assert entity().owner_ref == "group:default/second"


def test_a_name_claimed_twice_in_one_file_is_a_conflict(folder: Folder) -> None:
    folder.write("a.yaml", component("x", owner="one") + "---\n" + component("X", owner="two"))
    folder.ingest()
    assert entity("component:default/x").owner_ref == "group:default/one"
    assert folder.location.error_count == 1


ORG = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: engineering}
spec: {type: department, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, parent: engineering, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [payments], profile: {displayName: Ada Okafor}}
"""


def test_people_and_teams_of_a_trusted_location_become_memberships(folder: Folder) -> None:
    user = User.objects.create_user("ada")
    folder.write("org.yaml", ORG)
    folder.ingest()
    rows = Membership.objects.order_by("group_ref").values_list("user_ref", "group_ref", "direct")
    assert list(rows) == [
        ("user:default/ada", "group:default/engineering", False),
        ("user:default/ada", "group:default/payments", True),
    ]
    user.refresh_from_db()
    assert user.entity_ref == "user:default/ada"
    assert entity("user:default/ada").title == "Ada Okafor"


def test_people_teams_and_templates_are_not_taken_from_other_locations(folder: Folder) -> None:
    folder.trusted = False
    folder.write("org.yaml", ORG)
    folder.write(
        "t.yaml",
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\n"
        "spec: {type: service, steps: []}\n",
    )
    run = folder.ingest()
    assert run.entity_refs == ()
    assert Membership.objects.count() == 0
    assert len(folder.problems) == 4
    assert all("may not come from this location" in problem for problem in folder.problems)


def test_locations_lead_to_locations_and_a_cycle_ends(folder: Folder) -> None:
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: {0}}}\n"
        "spec: {{targets: [{1}]}}\n"
    )
    folder.write("all.yaml", location.format("all", "./sub/more.yaml, all.yaml"))
    folder.write("sub/more.yaml", location.format("more", "../all.yaml, ./c.yaml, './g/*.yaml'"))
    folder.write("sub/c.yaml", component("c"))
    folder.write("sub/g/d.yaml", component("d"))
    run = folder.ingest("all.yaml")
    assert "component:default/c" in run.entity_refs
    assert "component:default/d" in run.entity_refs
    assert folder.problems == []
    assert folder.location.file_count == 4
    # Nothing is read again, and yet nothing that unchanged locations lead to is lost.
    assert not folder.ingest().changed
    assert folder.location.file_count == 4


def test_a_location_may_not_lead_out_of_its_folder_or_to_odd_places(folder: Folder) -> None:
    targets = ["../../etc/passwd", "/etc/passwd", "http://169.254.169.254/x", "javascript:alert(1)"]
    for index, target in enumerate(targets):
        folder.write(
            f"{index}.yaml",
            f"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: l{index}}}\n"
            f"spec: {{type: {'file' if index < 2 else 'url'}, target: '{target}'}}\n",
        )
    folder.write("ok.yaml", component("checkout"))
    folder.ingest()
    assert len(folder.problems) == len(targets)
    assert entity().name == "checkout"
    assert not Claim.objects.filter(kind__in=["User"]).exists()


def test_a_symbolic_link_is_not_followed(folder: Folder, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.yaml"
    outside.write_text(component("secret"))
    folder.write("ok.yaml", component("checkout"))
    os.symlink(outside, folder.root / "link.yaml")
    folder.write(
        "loc.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: l}\n"
        "spec: {target: ./link.yaml}\n",
    )
    folder.ingest()
    assert not selectors.exists(None, "component:default/secret")
    assert len(folder.problems) == 1


def test_a_file_that_cannot_be_read_keeps_its_entities_with_the_error(folder: Folder) -> None:
    location = folder.write(
        "all.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n"
        "spec: {targets: [./a.yaml, ./b.yaml]}\n",
    )
    assert location.exists()
    folder.write("a.yaml", component("a"))
    folder.write("b.yaml", component("b"))
    folder.ingest("all.yaml")
    (folder.root / "a.yaml").unlink()
    folder.ingest()
    assert not entity("component:default/a").is_orphan
    assert "cannot be read" in entity("component:default/a").data["status"]["items"][0]["message"]
    assert any("a.yaml" in problem for problem in folder.problems)
    folder.write("a.yaml", component("a"))
    folder.ingest()
    assert "status" not in entity("component:default/a").data
    assert folder.problems == []


def test_presence_optional_forgives_what_is_missing(folder: Folder) -> None:
    folder.write(
        "all.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n"
        "spec: {target: ./none.yaml, presence: optional}\n",
    )
    folder.ingest("all.yaml")
    assert folder.problems == []


def test_listeners_hear_of_changes_in_messages_of_at_most_500(folder: Folder, monkeypatch) -> None:
    sent: list[list[str]] = []
    monkeypatch.setattr(runs, "enqueue", lambda task, refs: sent.append(refs))
    folder.write("a.yaml", "---\n".join(component(f"c{n}") for n in range(700)))
    with ingestion_listeners.temporarily(IngestionListener("test", "core.heartbeat")):
        folder.ingest()
        registered = len(ingestion_listeners)
        assert [len(refs) for refs in sent] == [500, 201] * registered
        sent.clear()
        folder.ingest()
        assert sent == []
        folder.write("a.yaml", "---\n".join(component(f"c{n}") for n in range(699)))
        folder.ingest()
        assert sent == [["component:default/c699"]] * registered


def test_a_run_that_dies_half_way_leaves_the_catalog_as_it_was(folder: Folder, monkeypatch) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    folder.write("a.yaml", component("checkout", owner="billing") + "---\n" + component("new"))

    def die(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runs, "follow_up", die)
        with pytest.raises(KeyboardInterrupt):
            folder.ingest()
    assert entity().owner_ref == "group:default/payments"
    assert not selectors.exists(None, "component:default/new")
    folder.ingest()
    assert entity().owner_ref == "group:default/billing"
    assert selectors.exists(None, "component:default/new")


def test_deleting_an_entity_lasts_until_its_source_is_read_again(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    services.delete_entity(actor=None, ref=CHECKOUT, now=NOW)
    assert not selectors.exists(None, CHECKOUT)
    folder.ingest()
    assert selectors.exists(None, CHECKOUT)


def test_forgetting_a_location_removes_what_only_it_brings(folder: Folder) -> None:
    folder.write("a.yaml", component("checkout"))
    folder.ingest()
    services.unregister_location(actor=None, location_id=folder.location.pk, now=LATER)
    assert Entity.objects.count() == 0
    assert Claim.objects.count() == 0
    assert AuditEvent.objects.filter(action="catalog.unregister_location").count() == 1


def test_a_dangerous_link_is_a_warning_and_a_dangerous_address_is_replaced(folder: Folder) -> None:
    for index, url in enumerate(
        ["javascript:alert(1)", "jAvA\\tscript:alert(1)", "data:text/html,x", "vbscript:x"]
    ):
        folder.write(
            f"{index}.yaml",
            component(f"c{index}").replace(
                "spec:",
                f'  links: [{{url: "{url}"}}]\n'
                f'  annotations: {{backstage.io/view-url: "{url}"}}\nspec:',
            ),
        )
    folder.ingest()
    for index in range(4):
        found = entity(f"component:default/c{index}")
        assert found.warning_count + found.error_count == 1, found
        assert found.source_url.startswith("https://backstage.io/annotation-rejected")
