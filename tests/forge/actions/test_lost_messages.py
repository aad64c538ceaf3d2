"""What a push starts is not lost with a message, and not started twice by two."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.forge import events
from apps.forge.models import RepositoryEvent, WorkflowRun
from apps.forge.tasks import pushes
from tests.forge.actions.conftest import Pushed

WORKFLOW = "on: push\njobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"


@pytest.fixture
def waiting(pushed: Pushed) -> RepositoryEvent:
    """A push that nobody was told of."""
    sha = pushed.commit({".github/workflows/ci.yml": WORKFLOW})
    pushed.git.update_ref("refs/heads/main", sha)
    events.pushed(
        pushed.repository, ref="refs/heads/main", before="0" * 40, after=sha, sender=pushed.sender
    )
    return RepositoryEvent.objects.get()


def grow_old() -> None:
    RepositoryEvent.objects.update(created_at=timezone.now() - timedelta(minutes=1))


def swept(monkeypatch) -> list[int]:
    """Run the sweep; return the events that it rings for, and answer the bell."""
    rung: list[int] = []
    monkeypatch.setattr(pushes, "enqueue", lambda _name, event_id: rung.append(event_id))
    pushes.sweep_events()
    for event_id in rung:
        pushes.start_workflows(event_id=event_id)
    return rung


def test_a_lost_message_is_found_by_the_sweep(waiting: RepositoryEvent, monkeypatch) -> None:
    assert swept(monkeypatch) == []
    grow_old()

    assert swept(monkeypatch) == [waiting.pk]
    assert WorkflowRun.objects.count() == 1
    assert swept(monkeypatch) == []
    assert not RepositoryEvent.objects.exists()


def test_a_message_that_comes_twice_starts_once(waiting: RepositoryEvent) -> None:
    pushes.start_workflows(event_id=waiting.pk)
    pushes.start_workflows(event_id=waiting.pk)

    assert WorkflowRun.objects.count() == 1


def test_a_worker_that_dies_on_the_way_leaves_all_of_it(
    waiting: RepositoryEvent, monkeypatch
) -> None:
    real = pushes.start_run

    def dies(**given: object) -> None:
        real(**given)
        raise MemoryError

    monkeypatch.setattr(pushes, "start_run", dies)
    with pytest.raises(MemoryError):
        pushes.start_workflows(event_id=waiting.pk)

    assert not WorkflowRun.objects.exists()
    assert RepositoryEvent.objects.get().attempts == 1
    monkeypatch.setattr(pushes, "start_run", real)
    pushes.start_workflows(event_id=waiting.pk)
    assert WorkflowRun.objects.count() == 1


def test_an_event_that_ends_every_worker_is_given_up(
    waiting: RepositoryEvent, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    RepositoryEvent.objects.update(attempts=pushes.MAX_ATTEMPTS)
    grow_old()

    assert swept(monkeypatch) == []
    assert "it is given up" in caplog.text
    assert not RepositoryEvent.objects.exists()
