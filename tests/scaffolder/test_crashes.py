"""Workers that die, freeze or race: nothing is lost and nothing is made twice (F1, F4, F27)."""

import signal
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from apps.accounts.models import Role, User
from apps.catalog import selectors as catalog
from apps.core.errors import Conflict
from apps.integrations.github.auth import TokenIdentity
from apps.integrations.github.client import client_with
from apps.scaffolder import selectors, services
from apps.scaffolder.engine import crash_points, invariants, lease, loop
from apps.scaffolder.models import Run
from tests.scaffolder import workers, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

CREATE = r"POST /api/v3/orgs/acme/repos"
STEPS = ("fetch", "publish", "register", "say")


@pytest.fixture
def place(tmp_path: Path, settings) -> str:
    settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
    skeleton = tmp_path / "skeleton"
    skeleton.mkdir()
    (skeleton / "README.md").write_text("# ${{ values.name }}\n")
    (skeleton / "catalog-info.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\n"
        "kind: Component\n"
        "metadata: {name: '${{ values.name }}'}\n"
        "spec: {type: service, lifecycle: production, owner: group:default/platform}\n"
    )
    return f"file:{tmp_path}/template.yaml"


def journey(settings, place: str) -> Run:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    host = urlsplit(settings.GITHUB_URL).netloc
    contents = "${{ steps.publish.output.repoContentsUrl }}"
    return world.start(
        [
            {
                "id": "fetch",
                "action": "fetch:template",
                "input": {"url": "./skeleton", "values": {"name": "${{ parameters.name }}"}},
            },
            {
                "id": "publish",
                "action": "publish:github",
                "input": {"repoUrl": "${{ parameters.repoUrl }}", "defaultBranch": "main"},
            },
            {
                "id": "register",
                "action": "catalog:register",
                "input": {"repoContentsUrl": contents},
            },
            {
                "id": "say",
                "action": "debug:log",
                "input": {"message": "made ${{ steps.register.output.entityRef }}"},
            },
        ],
        values={"name": name, "repoUrl": f"{host}?owner=acme&repo={name}"},
        location=place,
    )


def wait_for_leases() -> None:
    """Wait until every lease that a dead worker left has run out."""
    running = Run.objects.filter(state="running")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    ends = [run.lease_until for run in running if run.lease_until]
    if ends:
        time.sleep(max(0.0, (max(ends) - now).total_seconds()) + 0.2)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("server", ["forge"], indirect=True)
def test_a_worker_killed_at_any_boundary_of_any_step_loses_and_doubles_nothing(
    settings, place, proxy, server, tmp_path
):
    settings.OUTBOUND_ALLOWED_HOSTS = [server.url]
    forge = client_with(TokenIdentity(server.token), base_url=server.api_url)
    runs: list[Run] = []
    for step in STEPS:
        for point in crash_points.POINTS:
            run = journey(settings, place)
            folder = tmp_path / f"{step}-{point}"
            folder.mkdir()
            where = {crash_points.VARIABLE: f"{step}.{point}"}
            code, output = workers.claimed_by(folder, run, **where)
            assert code == -signal.SIGKILL, output
            runs.append(run)

    wait_for_leases()
    while loop.drain():
        pass

    for run in runs:
        run.refresh_from_db()
        name = run.params["name"]
        assert run.state == "succeeded", run.error_text
        assert f"made component:default/{name}" in world.log_of(run)
        assert len(forge.list_commits(f"acme/{name}")) == 1
        assert len(forge.list_hooks(f"acme/{name}")) == 1
        assert catalog.exists(None, f"component:default/{name}")
        assert run.epoch == 2
        assert [step.state for step in selectors.steps_of(run)] == ["done"] * 4
    assert proxy.count(CREATE) == len(runs) == 20
    assert invariants.violated() == []


@pytest.mark.timeout(200)
@pytest.mark.parametrize("server", ["forge"], indirect=True)
def test_a_worker_frozen_beyond_its_lease_writes_nothing_when_it_thaws(
    settings, place, proxy, server, tmp_path
):
    settings.OUTBOUND_ALLOWED_HOSTS = [server.url]
    forge = client_with(TokenIdentity(server.token), base_url=server.api_url)
    run = journey(settings, place)
    proxy.fault(CREATE, "delay", delay=2.0)
    zombie = workers.worker(tmp_path, "--run", str(run.pk))
    deadline = time.monotonic() + 30
    while not proxy.calls_to(CREATE):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    zombie.send_signal(signal.SIGSTOP)

    wait_for_leases()
    assert loop.run_one(run.pk)
    run.refresh_from_db()
    after = (run.state, run.epoch, run.last_seq)
    zombie.send_signal(signal.SIGCONT)
    code, output = workers.ended(zombie)

    run.refresh_from_db()
    assert code == 0, output
    assert "another owner" in output or "is lost" in output
    assert (run.state, run.epoch, run.last_seq) == after
    assert run.state == "succeeded", run.error_text
    assert proxy.count(CREATE) == 1
    assert len(forge.list_commits(f"acme/{run.params['name']}")) == 1
    assert invariants.violated() == []


def test_of_fifty_claims_at_once_one_has_the_run():
    run = world.start([{"action": "debug:log", "input": {"message": "x"}}])
    start = threading.Barrier(50)
    won: list[lease.Lease] = []

    def claim() -> None:
        start.wait()
        claimed = lease.claim(run_id=run.pk)
        if claimed:
            won.append(claimed)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1


def test_of_two_resumes_at_once_one_counts():
    run = world.run_to_end(world.start([{"action": "nobody:knows"}]))
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def resume() -> None:
        start.wait()
        try:
            services.resume_run(actor=world.actor_of(run), run=run)
            outcomes.append("resumed")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=resume) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["conflict", "resumed"]
    assert invariants.violated() == []


class TestCancel:
    def test_ends_a_queued_run_at_once(self):
        run = world.start([{"action": "debug:log"}])

        services.cancel_run(actor=world.actor_of(run), run=run)

        run.refresh_from_db()
        assert run.state == "cancelled"
        assert loop.run_one(run.pk) is False
        assert invariants.violated() == []

    def test_stops_a_running_one_at_its_next_boundary_and_it_can_be_resumed(self):
        run = world.start(
            [
                {"id": "wait", "action": "debug:wait", "input": {"seconds": "${{ parameters.s }}"}},
                {"action": "debug:log", "input": {"message": "after"}},
            ],
            values={"s": 30},
        )
        thread = threading.Thread(target=lambda: (loop.run_one(run.pk), connection.close()))
        thread.start()
        while not run.steps.filter(key="wait", state="intent").exists():
            time.sleep(0.05)

        began = time.monotonic()
        services.cancel_run(actor=world.actor_of(run), run=run)
        thread.join(timeout=25)

        run.refresh_from_db()
        assert run.state == "cancelled"
        assert time.monotonic() - began < 10
        assert "after" not in world.log_of(run)

        Run.objects.filter(pk=run.pk).update(params={"s": 0})
        services.resume_run(actor=world.actor_of(run), run=run)
        run = world.run_to_end(run)
        assert run.state == "succeeded"
        assert invariants.violated() == []


def test_the_requesters_rights_are_asked_again_when_the_run_is_claimed():
    user = world.make_user("finn")
    run = world.start([{"action": "debug:log"}], user=user)
    User.objects.filter(pk=user.pk).update(role=Role.VIEWER)

    run = world.run_to_end(run)

    assert (run.state, run.error_code) == ("failed", "forbidden")


def test_a_resume_goes_on_at_the_failed_step_and_refuses_changed_files(tmp_path, settings):
    settings.FILE_LOCATION_ROOTS = [str(tmp_path)]
    (tmp_path / "skeleton").mkdir()
    (tmp_path / "skeleton" / "a").write_text("one")
    steps = [
        {"id": "fetch", "action": "fetch:plain", "input": {"url": "./skeleton"}},
        {"id": "bad", "action": "catalog:fetch", "input": {"entityRef": "component:none"}},
    ]
    run = world.run_to_end(world.start(steps, location=f"file:{tmp_path}/template.yaml"))
    assert run.error_step == "bad"

    (tmp_path / "skeleton" / "a").write_text("two")
    services.resume_run(actor=world.actor_of(run), run=run)
    run = world.run_to_end(run)

    assert (run.state, run.error_code) == ("failed", "workspace_changed")
    assert invariants.violated() == []
