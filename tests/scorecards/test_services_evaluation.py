from datetime import timedelta

import pytest

from apps.core.models import AuditEvent
from apps.integrations.github.action_results import ActionsPermissions, Protection, WorkflowRun
from apps.integrations.github.errors import NotFound, PermissionMissing
from apps.scorecards import selectors, services
from apps.scorecards.extensions import collectors
from apps.scorecards.facts.forge import ForgeCollector
from apps.scorecards.facts.repository import RepositoryCollector
from apps.scorecards.models import CardLevel, Fact, Result
from tests.scorecards.factories import GOOD, NOW, FakeForge, make_component, make_entity, make_team

pytestmark = pytest.mark.django_db
REF = "component:default/checkout-api"


def run(number=1, conclusion="success", event="push", age=timedelta(hours=1)):
    return WorkflowRun(
        id=number, run_attempt=1, workflow="ci", number=number, branch="main", sha="a" * 40,
        event=event, status="completed", conclusion=conclusion, title="Begin",
        html_url=f"https://forge.example/runs/{number}", created_at=NOW - age,
    )  # fmt: skip


def healthy(texts=None, **changes):
    answers = {
        "list_rules": [],
        "get_protection": Protection(required_approvals=1, required_checks=("test",)),
        "codeowners_errors": [],
        "get_actions_permissions": ActionsPermissions(enabled=True),
        "list_runs": [run()],
        "authors_since": {"ada": 3, "linus@acme.example": 1},
        **changes,
    }
    return FakeForge(texts, **answers)


@pytest.fixture
def component():
    make_team()
    make_entity("api:default/orders", spec={"type": "openapi", "definition": "openapi: 3.1.0"})
    entity = make_component()
    entity.data["relations"] = [{"type": "providesApi", "targetRef": "api:default/orders"}]
    entity.save()
    return entity


def grade(forge, now=NOW):
    with (
        collectors.temporarily(RepositoryCollector(client=forge)),
        collectors.temporarily(ForgeCollector(client=forge)),
    ):
        services.collect_and_evaluate(refs=[REF], now=now)
    return {result.rule_id: result for result in Result.objects.filter(entity_ref=REF)}


class TestAHealthyService:
    def test_is_gold_on_its_first_day_with_one_green_run(self, component):
        results = grade(healthy())
        states = {rule_id: result.state for rule_id, result in results.items()}
        card = CardLevel.objects.get(entity_ref=REF)
        assert states == dict.fromkeys(states, "pass")
        assert len(states) == 19
        assert (card.level, card.score, card.coverage) == (3, 1.0, 1.0)

    def test_reads_one_tree_and_no_file_twice(self, component):
        forge = healthy()
        grade(forge)
        blobs = [call for call in forge.calls if call[0] == "get_blob"]
        assert forge.calls.count(("get_tree",)) == 1
        assert len(blobs) == len(set(blobs)) <= len(GOOD)

    def test_keeps_its_facts_unless_they_change(self, component):
        grade(healthy())
        count = Fact.objects.count()
        grade(healthy(), now=NOW + timedelta(hours=1))
        assert Fact.objects.count() == count
        assert set(Fact.objects.values_list("observed_at", flat=True)) == {NOW + timedelta(hours=1)}

    def test_is_graded_again_without_a_state_changing(self, component):
        grade(healthy())
        rows = AuditEvent.objects.filter(action="scorecards.change_states").count()
        results = grade(healthy(), now=NOW + timedelta(hours=1))
        assert results["CI-01"].since == NOW
        assert AuditEvent.objects.filter(action="scorecards.change_states").count() == rows


# ruff: noqa: E501
BREAKAGES = [
    ("DOC-01", {"README.md": "# Stub\n"}, "does not answer: what, run, test, use"),
    ("DOC-01", {"README.md": None}, "no README"),
    ("OWN-04", {".github/CODEOWNERS": None}, "no CODEOWNERS file"),
    ("OWN-04", {".github/CODEOWNERS": "/docs @acme/x\n"}, "no default pattern"),
    ("CI-04", {".github/workflows/release.yml": "on: push\npermissions: {}\njobs:\n  a:\n    steps:\n"
               "      - uses: actions/checkout@v5\n"}, "1 reference not pinned"),
    ("CI-05", {".github/workflows/release.yml": "on: push\npermissions: write-all\njobs:\n  a: {}\n"},
     "1 workflow without a read-only permissions block"),
    ("CI-03", {".github/workflows/release.yml": "on: issues\npermissions: {}\njobs:\n  a:\n    steps:\n"
               "      - run: echo ${{ github.event.issue.title }}\n"}, "1 dangerous step"),
    ("DEP-01", {".github/dependabot.yml": "version: 2\nupdates:\n  - package-ecosystem: pip\n"},
     "leaves out docker, github-actions"),
    ("DEP-05", {"requirements.txt": "pytest==9.0\n"}, "no lock file for requirements.in"),
    ("CON-01", {".dockerignore": None}, "no .dockerignore"),
    ("CON-02", {"Dockerfile": "FROM python:3.13-slim\nUSER app\nUSER root\n"}, "runs as root"),
    ("OBS-03", {"src/app.py": 'ROUTES = {"/healthz": ok}\n'}, "no metrics in the code"),
    ("OWN-03", {"docs/runbook.md": "## Symptoms\n"}, "lacks rollback, escalation, dependencies"),
    ("DOC-02", {"docs/adr/0001-begin.md": None}, "no decision record"),
    ("API-01", {"openapi.yaml": None}, None),
    ("API-03", {".github/workflows/ci.yml": GOOD[".github/workflows/ci.yml"].replace("openapi", "o")},
     "no pipeline compares"),
    ("DEP-04", {".github/workflows/release.yml": None}, "no workflow makes an SBOM"),
    ("TST-01", {"tests/test_app.py": None}, "no test files"),
    ("TST-01", {".github/workflows/ci.yml":
                GOOD[".github/workflows/ci.yml"].replace("-m pytest", "-m pytest || true")},
     "failing tests do not fail the pipeline"),
    ("TST-01", {".github/workflows/ci.yml":
                GOOD[".github/workflows/ci.yml"].replace("  pull_request:\n", "")},
     "tests do not run on pull requests"),
]  # fmt: skip


class TestABrokenService:
    @pytest.mark.parametrize(("rule_id", "changes", "message"), BREAKAGES)
    def test_fails_the_rule_that_it_breaks(self, component, rule_id, changes, message):
        texts = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
        result = grade(healthy(texts))[rule_id]
        if message is None:
            # The contract is in the catalog as well, so the file is not needed.
            assert result.state == "pass"
        else:
            assert result.state == "fail", result.message
            assert message in result.message

    def test_names_the_line_of_the_action_that_is_not_pinned(self, component):
        workflow = GOOD[".github/workflows/ci.yml"].replace(
            "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
            "uses: actions/checkout@v5",
        )
        result = grade(healthy({**GOOD, ".github/workflows/ci.yml": workflow}))["CI-04"]
        assert result.evidence == [
            {
                "text": "uses actions/checkout@v5",
                "path": ".github/workflows/ci.yml",
                "line": 12,
                "url": "",
            }
        ]

    def test_loses_and_regains_the_rule_with_its_history_in_the_audit_log(self, component):
        grade(healthy())
        broken = grade(healthy({**GOOD, "README.md": "# Stub\n"}), now=NOW + timedelta(minutes=1))
        mended = grade(healthy(), now=NOW + timedelta(minutes=2))
        assert (broken["DOC-01"].state, broken["DOC-01"].previous_state) == ("fail", "pass")
        assert (mended["DOC-01"].state, mended["DOC-01"].previous_state) == ("pass", "fail")
        changes = AuditEvent.objects.filter(action="scorecards.change_states").order_by("id")
        assert [row.detail["states"].get("DOC-01") for row in changes] == [
            ["", "pass"],
            ["pass", "fail"],
            ["fail", "pass"],
        ]

    def test_a_red_pipeline_fails_with_a_link_to_the_run(self, component):
        results = grade(healthy(list_runs=[run(2, "failure"), run(1)]))
        assert results["CI-01"].state == "fail"
        assert results["CI-01"].evidence[0]["url"] == "https://forge.example/runs/2"
        assert results["TST-01"].state == "pass"

    @pytest.mark.parametrize(
        "noise", [run(2, "cancelled"), run(2, "skipped"), run(2, "failure", event="schedule")]
    )
    def test_a_run_that_says_nothing_does_not_count(self, component, noise):
        assert grade(healthy(list_runs=[noise, run(1)]))["CI-01"].state == "pass"

    def test_a_quiet_repository_is_judged_by_its_last_results(self, component):
        old = run(1, age=timedelta(days=200))
        assert grade(healthy(list_runs=[old]))["CI-01"].state == "pass"

    def test_an_unprotected_branch_fails_with_what_is_missing(self, component):
        result = grade(healthy(get_protection=None))["SCM-01"]
        assert result.state == "fail"
        assert [row["text"] for row in result.evidence] == [
            "force pushes are allowed",
            "the branch may be deleted",
            "no pull request is required",
            "no status check is required",
        ]


class TestWithoutData:
    def test_no_access_gives_no_data_with_the_scope_and_no_red(self, component):
        denied = PermissionMissing("Resource not accessible by integration")
        results = grade(
            healthy(
                get_repository=denied,
            )
        )
        states = {result.state for result in results.values()}
        card = CardLevel.objects.get(entity_ref=REF)
        assert states == {"pass", "no_data"}
        assert "contents:read" in results["DOC-01"].message
        assert card.failing == 0
        assert card.coverage < 0.2

    def test_a_hidden_setting_names_the_scope_that_would_do(self, component):
        denied = PermissionMissing("Resource not accessible by integration")
        results = grade(healthy(get_protection=denied, get_actions_permissions=denied))
        assert results["SCM-01"].state == "no_data"
        assert "administration:read" in results["SCM-01"].message
        assert results["CI-05"].state == "no_data"
        assert results["CI-04"].state == "pass"

    def test_a_plan_without_protection_does_not_apply(self, component):
        upgrade = PermissionMissing("Upgrade to GitHub Pro or make this repository public")
        assert grade(healthy(get_protection=upgrade))["SCM-01"].state == "not_applicable"

    def test_a_pipeline_that_has_not_run_yet_is_no_failure(self, component):
        results = grade(healthy(list_runs=[]))
        assert {results["CI-01"].state, results["TST-01"].state} == {"no_data"}

    def test_a_lost_repository_holds_the_level_for_seven_days(self, component):
        grade(healthy())
        grade(healthy(get_repository=NotFound("gone")), now=NOW + timedelta(days=1))
        held = CardLevel.objects.get(entity_ref=REF)
        grade(healthy(get_repository=NotFound("gone")), now=NOW + timedelta(days=9))
        assert (held.level, held.held_since) == (3, NOW + timedelta(days=1))
        assert CardLevel.objects.get(entity_ref=REF).level == 0

    def test_a_collector_that_crashes_harms_nobody_else(self, component):
        results = grade(healthy(list_runs=[object()]))
        assert results["CI-01"].state == "error"
        assert results["DOC-01"].state == "pass"

    def test_facts_grow_stale(self, component):
        grade(healthy())
        services.evaluate_entities(refs=[REF], now=NOW + timedelta(days=3))
        states = dict(Result.objects.values_list("rule_id", "state"))
        assert states["DOC-01"] == "stale"
        assert states["OWN-01"] == "pass"
        assert CardLevel.objects.get(entity_ref=REF).level == 3


class TestOwner:
    def state(self, **changes):
        results = grade(healthy(**changes))
        return results["OWN-01"].state, results["OWN-01"].message

    def test_a_team_of_which_the_forge_knows_nobody_is_counted_by_its_members(self, component):
        state, message = self.state(authors_since={})
        assert (state, message) == ("pass", "checkout, 2 members in the catalog")

    def test_a_team_with_one_active_member_is_not_live(self, component):
        state, message = self.state(authors_since={"ada": 1})
        assert (state, message) == ("fail", "checkout has 1 member active in 90 days")

    def test_a_person_is_no_team(self, component):
        component.owner_ref = "user:default/ada"
        component.save()
        assert self.state() == ("fail", "the owner is a user, not a team")

    def test_a_group_that_is_not_there_is_no_team(self, component):
        component.owner_ref = "group:default/ghosts"
        component.save()
        assert self.state() == ("fail", "the catalog has no group:default/ghosts")

    def test_a_missing_tier_is_a_warning(self, component):
        component.data["metadata"]["labels"] = {}
        component.save()
        assert self.state()[0] == "warn"


class TestWhatIsGraded:
    def test_an_entity_that_left_the_catalog_is_forgotten(self, component):
        grade(healthy())
        component.delete()
        services.evaluate_entities(refs=[REF], now=NOW)
        assert not Result.objects.exists()
        assert not CardLevel.objects.exists()
        assert not Fact.objects.exists()

    def test_other_kinds_are_not_graded(self):
        make_team()
        services.evaluate_entities(refs=["group:default/checkout"], now=NOW)
        assert not CardLevel.objects.exists()

    def test_a_library_is_not_asked_for_what_services_have(self, component):
        component.data["spec"]["type"] = "library"
        component.data["relations"] = []
        component.type = "library"
        component.save()
        results = grade(healthy())
        skipped = {r for r, result in results.items() if result.state == "not_applicable"}
        assert skipped == {"API-01", "API-03", "DEP-05", "OBS-03", "OWN-03"}

    def test_the_sweep_finds_what_is_half_way_to_stale(self, component):
        grade(healthy())
        assert selectors.refs_to_refresh(now=NOW + timedelta(hours=23), limit=10) == []
        assert selectors.refs_to_refresh(now=NOW + timedelta(hours=25), limit=10) == [REF]

    def test_a_pipeline_leads_to_the_components_of_its_repository(self, component):
        grade(healthy())
        assert selectors.refs_of_repository("Acme/Checkout-API") == [REF]

    def test_the_days_standing_is_kept_once(self, component):
        grade(healthy())
        services.take_snapshots(day=NOW.date())
        grade(healthy({**GOOD, "README.md": "# Stub\n"}))
        services.take_snapshots(day=NOW.date())
        from apps.scorecards.models import Snapshot

        assert [(s.level, s.rule_versions["DOC-01"]) for s in Snapshot.objects.all()] == [(3, 1)]
