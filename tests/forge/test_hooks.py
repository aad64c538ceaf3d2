"""Hooks, and what is delivered to them."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from apps.forge.models import Hook, HookDelivery, Repository
from apps.forge.tasks.deliveries import deliver_hook, sweep_deliveries
from tests.forge.conftest import Acme, Api, deliver_pending
from tests.forge.openapi import contract
from tests.forge.test_gitdata import GIT, commit_files

HOOKS = "/repos/acme/billing/hooks"


@dataclass
class Receiver:
    """A server that takes deliveries."""

    url: str = ""
    status: int = 202
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taken = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.received.append((dict(self.headers), body))
            self.send_response(taken.status)
            self.send_header("Location", "http://localhost:1/")
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield taken
    server.shutdown()
    thread.join()
    server.server_close()


def add_hook(api: Api, url: str, path: str = HOOKS, **fields: Any) -> dict[str, Any]:
    config = {"url": url, "content_type": "json", "secret": "It's a Secret to Everybody"}
    answer = api.post(path, {"name": "web", "config": config, "events": ["push"], **fields})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


class TestDelivery:
    def test_a_push_arrives_signed(self, api: Api, repo: Repository, receiver: Receiver) -> None:
        add_hook(api, receiver.url)
        api.patch(f"{GIT}/refs/heads/main", {"sha": commit_files(api, {"a.txt": "1"})})

        deliver_pending()

        [(_, _ping), (headers, body)] = receiver.received
        secret = b"It's a Secret to Everybody"
        expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature-256"] == expected
        assert headers["X-GitHub-Event"] == "push"
        payload = json.loads(body)
        assert payload["ref"] == "refs/heads/main"
        assert payload["head_commit"]["added"] == ["a.txt"]
        assert payload["repository"]["full_name"] == "acme/billing"

    def test_the_answer_is_kept(self, api: Api, repo: Repository, receiver: Receiver) -> None:
        hook = add_hook(api, receiver.url)
        deliver_pending()

        [item] = api.get(f"{HOOKS}/{hook['id']}/deliveries").json()
        told = api.get(f"{HOOKS}/{hook['id']}/deliveries/{item['id']}").json()

        assert (item["status"], item["status_code"], item["event"]) == ("OK", 202, "ping")
        assert told["response"]["payload"] == "thanks"
        assert "Everybody" not in json.dumps(told)
        assert api.get(f"{HOOKS}/{hook['id']}").json()["last_response"]["status"] == "active"

    def test_a_redelivery_keeps_the_guid(
        self, api: Api, repo: Repository, receiver: Receiver
    ) -> None:
        hook = add_hook(api, receiver.url)
        deliver_pending()
        [item] = api.get(f"{HOOKS}/{hook['id']}/deliveries").json()

        api.post(f"{HOOKS}/{hook['id']}/deliveries/{item['id']}/attempts")
        deliver_pending()

        guids = {headers["X-GitHub-Delivery"] for headers, _ in receiver.received}
        assert (len(receiver.received), len(guids)) == (2, 1)

    def test_it_is_sent_once_though_the_message_comes_twice(
        self, api: Api, repo: Repository, receiver: Receiver
    ) -> None:
        add_hook(api, receiver.url)
        for _ in range(2):
            deliver_hook(delivery_id=HookDelivery.objects.get().pk)

        assert len(receiver.received) == 1

    def test_one_that_was_forgotten_is_found_again(
        self, api: Api, repo: Repository, django_capture_on_commit_callbacks: Any
    ) -> None:
        add_hook(api, "http://127.0.0.1:9/")
        long_ago = timezone.now() - timedelta(minutes=3)
        HookDelivery.objects.update(created_at=long_ago, status=HookDelivery.SENDING)

        with django_capture_on_commit_callbacks() as sent:
            sweep_deliveries()

        assert HookDelivery.objects.get().status == HookDelivery.PENDING
        assert len(sent) == 1

    def test_old_ones_are_removed(self, api: Api, repo: Repository) -> None:
        add_hook(api, "http://127.0.0.1:9/")
        HookDelivery.objects.update(created_at=timezone.now() - timedelta(days=4))

        sweep_deliveries()

        assert not HookDelivery.objects.exists()

    def test_nobody_there_is_recorded(self, api: Api, repo: Repository) -> None:
        add_hook(api, "http://127.0.0.1:9/hook")

        deliver_pending()

        assert HookDelivery.objects.get().status == "failed to connect to host"

    def test_a_redirect_is_not_followed(
        self, api: Api, repo: Repository, receiver: Receiver
    ) -> None:
        receiver.status = 302
        add_hook(api, receiver.url)

        deliver_pending()

        assert HookDelivery.objects.get().status_code == 302

    def test_a_hook_of_the_organisation_hears_of_every_repository(
        self, api: Api, acme: Acme, receiver: Receiver
    ) -> None:
        add_hook(api, receiver.url, "/orgs/acme/hooks", events=["repository"])
        acme.as_("alice").post("/orgs/acme/repos", {"name": "svc"})

        deliver_pending()

        [_, (headers, body)] = receiver.received
        assert headers["X-GitHub-Event"] == "repository"
        assert json.loads(body)["action"] == "created"

    def test_only_what_was_asked_for_is_sent(
        self, api: Api, repo: Repository, receiver: Receiver
    ) -> None:
        add_hook(api, receiver.url, events=["pull_request"])
        api.patch(f"{GIT}/refs/heads/main", {"sha": commit_files(api, {"a.txt": "1"})})
        deliver_pending()

        assert [headers["X-GitHub-Event"] for headers, _ in receiver.received] == ["ping"]

    def test_the_bodies_are_githubs(self, api: Api, repo: Repository) -> None:
        add_hook(api, "http://127.0.0.1:9/", events=["*"])
        sha = commit_files(api, {"a.txt": "1"})
        api.post(f"{GIT}/refs", {"ref": "refs/heads/feature", "sha": sha})
        pull = {"title": "x", "head": "feature", "base": "main"}
        api.post("/repos/acme/billing/pulls", pull)
        check = {"name": "test", "head_sha": sha, "conclusion": "success"}
        api.post("/repos/acme/billing/check-runs", check)
        api.patch("/repos/acme/billing", {"archived": True})

        sent = HookDelivery.objects.all()

        assert {delivery.event for delivery in sent} == {
            "ping", "push", "pull_request", "check_run", "repository"
        }  # fmt: skip
        problems = [
            problem
            for delivery in sent
            for problem in contract().event_problems(delivery.event, delivery.payload)
        ]
        assert problems == []


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        ["file:///etc/passwd", "ftp://x/", "//x", "javascript:alert(1)", "http://", "http://a b/",
         "http://[::1", "http://x:99999/", "http://x/\n", "x" * 3000],
    )  # fmt: skip
    def test_only_web_addresses_are_taken(self, api: Api, repo: Repository, url: str) -> None:
        body = {"config": {"url": url, "content_type": "json"}}

        assert api.post(HOOKS, body).status_code == 422
        assert not Hook.objects.exists()

    def test_an_unknown_event_is_refused(self, api: Api, repo: Repository) -> None:
        config = {"url": "http://x/", "content_type": "json"}

        assert api.post(HOOKS, {"config": config, "events": ["psuh"]}).status_code == 422

    def test_the_same_hook_twice_is_refused(self, api: Api, repo: Repository) -> None:
        add_hook(api, "http://127.0.0.1:9/")

        config = {"url": "http://127.0.0.1:9/", "content_type": "json"}
        answer = api.post(HOOKS, {"config": config, "events": ["push"]})

        assert answer.json()["errors"][0]["message"] == "Hook already exists on this repository"

    def test_it_is_changed_and_removed(self, api: Api, repo: Repository) -> None:
        hook = add_hook(api, "http://127.0.0.1:9/")
        address = f"{HOOKS}/{hook['id']}"

        changed = api.patch(address, {"add_events": ["check_run"], "active": False}).json()

        assert (changed["events"], changed["active"]) == (["push", "check_run"], False)
        assert "secret" in changed["config"]
        assert [one["id"] for one in api.get(HOOKS).json()] == [hook["id"]]
        assert api.delete(address).status_code == 204
        assert api.get(address).status_code == 404

    def test_the_secret_is_encrypted_at_rest(self, api: Api, repo: Repository) -> None:
        add_hook(api, "http://127.0.0.1:9/")

        assert "Everybody" not in Hook.objects.get().secret

    def test_who_only_writes_does_not_see_them(self, acme: Acme, repo: Repository) -> None:
        assert acme.as_("bob").get(HOOKS).status_code == 403
        assert acme.as_("bob").get("/orgs/acme/hooks").status_code == 404
