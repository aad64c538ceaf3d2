"""Deliveries of the forge: signed, kept once, processed once."""

import hashlib
import hmac
import json
import random
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.integrations import selectors, services, views
from apps.integrations.extensions import (
    PipelineListener,
    WebhookHandler,
    pipeline_listeners,
    webhook_handlers,
)
from apps.integrations.models import PipelineRun, WebhookDelivery

SECRET = "test-webhook-secret"
ADDRESS = "/webhooks/github"


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def deliver(client, payload, *, event="push", guid="1", signature=None, body=None):
    body = json.dumps(payload).encode() if body is None else body
    return client.post(
        ADDRESS,
        data=body,
        content_type="application/json",
        headers={
            "X-Hub-Signature-256": sign(body) if signature is None else signature,
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
        },
    )


def a_run(run_id=1, *, attempt=1, status="completed", minute=0, conclusion="success"):
    return {
        "id": run_id,
        "run_attempt": attempt,
        "name": "CI",
        "run_number": 7,
        "head_branch": "main",
        "head_sha": "a" * 40,
        "event": "push",
        "status": status,
        "conclusion": conclusion if status == "completed" else None,
        "display_title": "Add a thing",
        "html_url": "http://localhost:8001/acme/shop/actions/runs/1",
        "run_started_at": "2026-11-21T10:00:00Z",
        "updated_at": f"2026-11-21T10:{minute:02d}:00Z",
    }


def run_payload(**values):
    return {
        "action": "completed",
        "workflow_run": a_run(**values),
        "repository": {"full_name": "Acme/shop"},
    }


def test_githubs_own_test_vector_holds():
    body = b"Hello, World!"
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert views.is_signed(body, secret="It's a Secret to Everybody", signature=signature)
    assert not views.is_signed(body, secret="", signature=sign(body, ""))


@pytest.mark.django_db
class TestReceiving:
    def test_a_signed_delivery_is_kept_and_accepted(self, client):
        answer = deliver(client, {"action": "created", "repository": {"full_name": "Acme/Shop"}})

        assert answer.status_code == 202
        row = WebhookDelivery.objects.get()
        assert (row.guid, row.event, row.action, row.full_name) == (
            "1",
            "push",
            "created",
            "acme/shop",
        )

    @pytest.mark.parametrize(
        "signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", sign(b"{}", "other"), "ü"]
    )
    def test_a_forged_delivery_is_refused_without_touching_the_database(
        self, client, signature, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            answer = deliver(client, {}, signature=signature.encode().decode("latin-1"))

        assert answer.status_code == 401

    def test_a_body_above_two_megabytes_is_refused_unread(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = deliver(client, {}, body=b"x" * (2 * 1024 * 1024 + 1))

        assert answer.status_code == 413

    @pytest.mark.parametrize(
        "body", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"a": "\\u0000"}', b'"text"']
    )
    def test_a_signed_body_that_is_no_object_is_refused(self, client, body):
        assert deliver(client, None, body=body).status_code == 400
        assert not WebhookDelivery.objects.exists()

    def test_a_ping_is_answered_and_not_kept(self, client):
        assert deliver(client, {"zen": "x"}, event="ping").status_code == 200
        assert not WebhookDelivery.objects.exists()

    def test_only_posting_is_possible(self, client):
        assert client.get(ADDRESS).status_code == 405

    def test_a_delivery_without_its_headers_is_refused(self, client):
        body = b"{}"
        answer = client.post(
            ADDRESS,
            data=body,
            content_type="application/json",
            headers={"X-Hub-Signature-256": sign(body)},
        )

        assert answer.status_code == 400

    def test_a_repeated_delivery_is_kept_once(self, client):
        assert deliver(client, {"a": 1}).status_code == 202
        assert deliver(client, {"a": 1}).status_code == 200
        assert WebhookDelivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_copies_at_once_are_processed_once():
    statuses: list[int] = []

    def send():
        statuses.append(deliver(Client(), run_payload(), event="workflow_run").status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] * 19 + [202]
    row = WebhookDelivery.objects.get()
    done = [services.handle_delivery(delivery_id=row.pk) for _ in range(3)]
    assert done == [True, False, False]


@pytest.mark.django_db
class TestHandling:
    def test_starts_the_tasks_of_the_event_only(self, client, monkeypatch):
        rung = []
        monkeypatch.setattr(
            services.queue, "enqueue", lambda name, **kwargs: rung.append((name, kwargs))
        )
        deliver(client, {}, event="push")
        row = WebhookDelivery.objects.get()
        rung.clear()

        with (
            webhook_handlers.temporarily(WebhookHandler("a", "push", "test.push")),
            webhook_handlers.temporarily(WebhookHandler("b", "team", "test.team")),
            webhook_handlers.temporarily(WebhookHandler("c", "*", "test.all")),
        ):
            services.handle_delivery(delivery_id=row.pk)

        ours = [(name, given) for name, given in rung if name.startswith("test.")]
        assert ours == [
            ("test.push", {"delivery_id": row.pk}),
            ("test.all", {"delivery_id": row.pk}),
        ]

    def test_a_sweep_rings_again_for_what_was_missed(self, client, monkeypatch):
        deliver(client, {}, event="push", guid="old")
        deliver(client, {}, event="push", guid="new")
        connection.cursor().execute(
            "UPDATE integrations_webhookdelivery SET received_at = now() - interval '2 minutes' "
            "WHERE guid = 'old'"
        )
        rung = []
        monkeypatch.setattr(services.queue, "enqueue", lambda name, **kwargs: rung.append(kwargs))

        assert services.sweep_deliveries() == 1
        assert rung == [{"delivery_id": WebhookDelivery.objects.get(guid="old").pk}]

    def test_a_sweep_gives_up_after_eight_times_and_clears_old_ones(self, client):
        deliver(client, {}, event="push", guid="hopeless")
        deliver(client, {}, event="push", guid="old")
        WebhookDelivery.objects.filter(guid="hopeless").update(attempts=8)
        connection.cursor().execute(
            "UPDATE integrations_webhookdelivery SET received_at = now() - interval '4 days' "
            "WHERE guid = 'old'"
        )

        assert services.sweep_deliveries() == 0
        assert list(WebhookDelivery.objects.values_list("guid", flat=True)) == ["hopeless"]

    def test_a_delivery_that_is_no_run_says_so_on_its_row(self, client):
        deliver(
            client,
            {"repository": {"full_name": "acme/shop"}, "workflow_run": {"id": "x"}},
            event="workflow_run",
        )
        row = WebhookDelivery.objects.get()

        assert services.record_delivered_pipeline(delivery_id=row.pk) is False
        row.refresh_from_db()
        assert "Not a workflow run" in row.error


@pytest.mark.django_db
class TestPipelines:
    def record(self, **values):
        payload = run_payload(**values)
        row = WebhookDelivery.objects.create(
            guid=str(random.random()), event="workflow_run", full_name="acme/shop", payload=payload
        )
        return services.record_delivered_pipeline(delivery_id=row.pk)

    def test_any_order_ends_with_the_truth(self):
        reports = [
            {"attempt": attempt, "status": status, "minute": 10 * attempt + step}
            for attempt in (1, 2)
            for step, status in enumerate(("queued", "in_progress", "completed"))
        ]
        reports[-1]["conclusion"] = "failure"
        for seed in range(20):
            PipelineRun.objects.all().delete()
            shuffled = [*random.Random(seed).choices(reports[:-1], k=8), reports[-1]]
            random.Random(seed).shuffle(shuffled)
            for report in shuffled:
                self.record(**report)

            run = PipelineRun.objects.get()
            assert (run.run_attempt, run.status, run.conclusion) == (2, "completed", "failure")
            assert run.completed_at is not None

    def test_a_repeated_report_is_no_news(self):
        assert self.record() is True
        assert self.record() is False

    def test_listeners_hear_of_a_run_that_is_over(self, monkeypatch):
        rung = []
        monkeypatch.setattr(
            services.queue, "enqueue", lambda name, **kwargs: rung.append((name, kwargs))
        )
        with pipeline_listeners.temporarily(PipelineListener("t", "test.over")):
            self.record(status="in_progress")
            assert rung == []
            self.record(status="completed")

        assert ("test.over", {"full_name": "acme/shop", "run_id": 1}) in rung

    def test_the_newest_of_each_repository_costs_one_query(self, django_assert_num_queries):
        for run_id in (1, 3, 2):
            self.record(run_id=run_id)

        with django_assert_num_queries(1):
            latest = selectors.latest_pipeline_by_repository(["Acme/Shop", "acme/none"])

        assert list(latest) == ["Acme/Shop"]
        assert latest["Acme/Shop"].run_id == 3
        assert [run.run_id for run in selectors.pipelines("acme/SHOP", limit=2)] == [3, 2]
        assert latest["Acme/Shop"].seconds == 0

    def test_lost_reports_are_asked_for(self, monkeypatch):
        rung = []
        monkeypatch.setattr(services.queue, "enqueue", lambda name, **kwargs: rung.append(kwargs))
        now = timezone.now()
        rows = {
            "acme/stuck": ("in_progress", timedelta(minutes=10)),
            "acme/fresh": ("in_progress", timedelta(seconds=5)),
            "acme/done": ("completed", timedelta(minutes=10)),
            "acme/forgotten": ("queued", timedelta(days=2)),
        }
        for number, (name, (status, age)) in enumerate(rows.items()):
            PipelineRun.objects.create(
                full_name=name, run_id=number, status=status, updated_at=now - age
            )
        WebhookDelivery.objects.create(
            guid="p", event="push", full_name="acme/pushed", payload={}, processed_at=now
        )

        assert services.reconcile_pipelines() == 2
        assert rung == [{"full_name": "acme/pushed"}, {"full_name": "acme/stuck"}]
